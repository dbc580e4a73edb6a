import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../context.js';

const READY_WITHIN_MS = 2_000;

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
