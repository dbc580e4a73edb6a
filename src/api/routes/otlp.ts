import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  decodeProtobuf,
  encodeAnswer,
  encodeStatus,
  OTLP_TYPES,
  TraceReceiver,
  type Encoding,
} from '../../otel/index.js';
import type { BodyDoor } from '../admission.js';
import { requireScope } from '../auth.js';
import { readJsonBody } from '../body/index.js';
import type { ApiContext } from '../context.js';
import { describeError } from '../logger.js';
import { anyJson, binary, type RouteDoc } from '../openapi/route.js';

export const OTLP_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/v1/traces',
    id: 'postTraces',
    summary: 'OpenTelemetry traces of GenAI agents, as decision records',
    about:
      'OTLP/HTTP, JSON or protobuf, gzip is taken; the answer has the encoding of the request, refusals are a google.rpc.Status. Each agent’s ' +
      'span becomes one decision, its model and tool calls the tape; what the spans do not hold is said in the grade. A trace is recorded before ' +
      'the answer once its root is there; until then it is held in the database, sealed, for 30 seconds at most. The platform signs these records.',
    scope: 'write',
    body: { [OTLP_TYPES.json]: anyJson, [OTLP_TYPES.protobuf]: binary },
    answer: { schema: anyJson },
    errors: ['input.invalid', 'input.too_large', 'input.too_deep', 'input.media_type', 'api.busy', 'api.backlog'],
  },
];

const SWEEP_MS = 1_000;

const encodingOf = ({ headers }: FastifyRequest): Encoding =>
  headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === OTLP_TYPES.protobuf ? 'protobuf' : 'json';

/**
 * POST /v1/traces. The receiver lives as long as the server. What was answered is in the ledger or held in the database: of a server that
 * stops or is killed, the next one (or another that runs) records it.
 */
export function otlpRoute(app: FastifyInstance, context: ApiContext, door: BodyDoor): void {
  const { platform, limits, backlog, stores } = context;
  const { ledger, tenant, tagKey } = platform;
  const receiver = new TraceReceiver({
    ledger,
    tenant,
    tagKey,
    now: () => performance.now(),
    store: stores.heldSpans(),
    onError: (error) => app.log.error({ error: describeError(error) }, 'held traces could not be recorded'),
    onRecorded: (entries) => backlog.added(entries),
  });
  app.addHook('onReady', () => receiver.sweep());
  const sweeping = setInterval(() => void receiver.sweep(), SWEEP_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(sweeping);
    await receiver.close();
  });
  app.addHook('onSend', async (request, reply, payload) => asStatus(request, reply, payload));
  app.post(
    '/v1/traces',
    { bodyLimit: limits.recordsBytes, onRequest: [requireScope(context, 'write'), backlog.admit, door.admit] },
    async (request, reply) => {
      const encoding = encodingOf(request);
      const body =
        encoding === 'json' ? readJsonBody(request.body, limits.depth) : decodeProtobuf(bytesOf(request.body));
      const answer = await receiver.take(body);
      return reply.type(OTLP_TYPES[encoding]).send(encodeAnswer(answer, encoding));
    },
  );
}

const bytesOf = (body: unknown): Uint8Array => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** A refusal in the form that OTLP clients read; its status and Retry-After stay. */
function asStatus(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json');
  if (!isProblem || typeof payload !== 'string') return payload;
  const encoding = encodingOf(request);
  const { detail } = JSON.parse(payload) as { detail?: string };
  const body = encodeStatus(reply.statusCode, detail ?? '', encoding);
  void reply.header('content-type', OTLP_TYPES[encoding]).header('content-length', body.length);
  return body;
}
