import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { toBase64 } from '@tenet-ledger/record';
import type { Platform } from '../../platform/index.js';
import { ANY_SCOPE, requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';

export const sealKey = z.strictObject({
  kid: z.string(),
  publicKey: z.string().meta({ description: 'X25519, base64: what spools are sealed to' }),
});
const platformAnswer = named(
  'Platform',
  z.strictObject({
    tenant: z.string(),
    log: z.string(),
    origin: z.string(),
    vkey: z.string().meta({ description: 'verifies checkpoints; an auditor has it from elsewhere' }),
    sealKey,
    limits: z.strictObject({
      recordsBytes: z.int(),
      lineBytes: z.int(),
      depth: z.int(),
      recordsLines: z.int(),
      requestsPerSecond: z.number(),
      burst: z.number(),
      searchCandidates: z.int(),
    }),
  }),
);

export const PLATFORM_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/api/v1/platform',
    id: 'getPlatform',
    summary: 'What a producer needs to know of this log: its keys and limits',
    scope: 'any',
    answer: { schema: platformAnswer },
    errors: [],
  },
];

export const sealKeyOf = ({ sealKey: { kid, publicKey } }: Pick<Platform, 'sealKey'>): z.output<typeof sealKey> => ({
  kid,
  publicKey: toBase64(publicKey),
});

export function platformRoute(app: FastifyInstance, context: ApiContext): void {
  const { platform, limits } = context;
  const hooks = { exposeHeadRoute: false, onRequest: [requireScope(context, ANY_SCOPE)] };
  app.get('/api/v1/platform', hooks, async (): Promise<z.output<typeof platformAnswer>> => {
    await platform.sealKeys.refresh();
    const { tenant, log, origin, vkey } = platform;
    const { recordsBytes, lineBytes, depth, recordsLines, requestsPerSecond, burst, searchCandidates } = limits;
    return {
      tenant,
      log,
      origin,
      vkey,
      sealKey: sealKeyOf(platform),
      limits: { recordsBytes, lineBytes, depth, recordsLines, requestsPerSecond, burst, searchCandidates },
    };
  });
}
