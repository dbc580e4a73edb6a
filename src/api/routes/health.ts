import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';

const READY_WITHIN_MS = 2_000;

const alive = named('Alive', z.strictObject({ status: z.literal('ok') }));
const readyAnswer = named(
  'Ready',
  z.strictObject({ status: z.enum(['ready', 'not_ready']), checks: z.record(z.string(), z.string()) }),
);

export const HEALTH_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'health',
    summary: 'The process answers',
    scope: null,
    answer: { schema: alive },
    errors: [],
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readiness',
    summary: 'It can also take records; 503 with the same body where it can not',
    scope: null,
    answer: { schema: readyAnswer },
    errors: [],
  },
];

/** /healthz: the process answers. /readyz: it can also take records, that is Postgres answers and the tree is not halted. */
export function healthRoutes(app: FastifyInstance, { platform }: ApiContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = await readiness(platform.ledger.status());
    const ready = Object.values(checks).every((state) => state === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks });
  });
}

async function readiness(status: Promise<{ halted: string | null }>): Promise<Record<string, string>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), READY_WITHIN_MS);
  });
  try {
    const { halted } = await Promise.race([status, late]);
    return { database: 'ok', ledger: halted === null ? 'ok' : 'halted' };
  } catch {
    return { database: 'unavailable', ledger: 'unknown' };
  } finally {
    clearTimeout(timer);
  }
}
