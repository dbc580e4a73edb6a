import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/index.js';
import type { FieldChoice, Reading } from '../ledger/index.js';
import { callerOf } from './auth.js';

export const PURPOSE_HEADER = 'x-purpose';
const MAX_PURPOSE = 200;
const NOT_STATED = 'not stated';

/** Who reads, and what for: what the access entry will say. */
export function readingOf(request: FastifyRequest): Reading {
  const { ref, label } = callerOf(request);
  return { by: { apiKey: ref, label }, purpose: purposeOf(request) };
}

function purposeOf(request: FastifyRequest): string {
  const sent = request.headers[PURPOSE_HEADER];
  const purpose = (Array.isArray(sent) ? sent.join(', ') : (sent ?? '')).trim();
  if (purpose.length <= MAX_PURPOSE) return purpose === '' ? NOT_STATED : purpose;
  throw new AppError('input.invalid', 'the purpose is too long', {
    field: PURPOSE_HEADER,
    expected: `at most ${MAX_PURPOSE} characters`,
  });
}

const covers = (prefix: string, path: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** What the caller's key may see. */
export function mayRead(request: FastifyRequest): FieldChoice {
  const { fields } = callerOf(request);
  return fields === null ? () => true : (path) => fields.some((prefix) => covers(prefix, path));
}

/**
 * What was asked for, within what the key may see. A field that it may not see is refused when it is named outright, and
 * left out where everything was asked for.
 */
export function chosenFields(request: FastifyRequest, wanted: readonly string[] | 'all'): FieldChoice {
  const may = mayRead(request);
  if (wanted === 'all') return may;
  for (const path of wanted) assertMayRead(request, path);
  return (path) => may(path) && wanted.some((prefix) => covers(prefix, path));
}

export function assertMayRead(request: FastifyRequest, path: string): void {
  if (mayRead(request)(path)) return;
  throw new AppError('auth.forbidden', 'this API key may not see the field', {
    field: path,
    expected: callerOf(request).fields?.join(', ') ?? '',
  });
}
