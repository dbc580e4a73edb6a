import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AppError, isAppError, toProblem } from '../errors/index.js';
import { describeError } from './logger.js';

/** Every refusal of this server is RFC 9457 problem+json; unforeseen faults say nothing of themselves outside the log. */
export function useProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new AppError('not_found', `no door ${request.method} ${pathOf(request)}`), request, reply),
  );
}

/** Path without the query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = isAppError(error) ? error : fromFastify(error);
  const problem = toProblem(told ?? error);
  if (problem.status >= 500)
    request.log.error({ problem: problem.code, error: describeError(error) }, 'request failed');
  const retryAfter = typeof problem['retryAfter'] === 'number' ? problem['retryAfter'] : 1;
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', String(retryAfter));
  if (problem.status === 401) reply.header('www-authenticate', 'X-API-Key');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

/** The framework's own refusals, by status: their messages may quote the input. */
function fromFastify(error: unknown): AppError | null {
  switch ((error as Partial<FastifyError>).statusCode) {
    case 413:
      return new AppError('input.too_large', 'the body is over the limit of this door');
    case 415:
      return new AppError('input.media_type', 'this door takes another content type', { field: 'content-type' });
    case 404:
      return new AppError('not_found', 'no such door');
    case 400:
      return new AppError('input.invalid', 'the request could not be read', { field: '' });
    default:
      return null;
  }
}

/** Parses what came in, or says which field is wrong. `at` is the pointer of the parsed value itself. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, at = ''): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, message } = firstIssue(parsed.error, at);
  throw new AppError('input.invalid', message, { field });
}

/** zod's messages name types and limits, never the value. */
export function firstIssue(error: z.ZodError, at = ''): { field: string; message: string } {
  const issue = error.issues[0];
  const path = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])];
  const field = path.reduce<string>((pointer, key) => `${pointer}/${escapePointer(String(key))}`, at);
  return { field, message: issue?.message ?? 'does not fit its schema' };
}

const escapePointer = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
