import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { assertPublicKey, fromBase64, RecordError, toBase64, utf8 } from '@tenet-ledger/record';
import { AppError } from '../../errors/index.js';
import { jointVerifySync } from '../../ledger/index.js';
import { API_KEY_HEADER, callerOf, requireScope } from '../auth.js';
import type { ApiContext } from '../context.js';
import { named, type RouteDoc } from '../openapi/route.js';
import { parseInput } from '../problems.js';
import { sealKey, sealKeyOf } from './platform.js';

const ENROLMENT = named(
  'Enrolment',
  z.strictObject({
    publicKey: z.string().max(64).meta({ description: 'Ed25519, 32 bytes in base64' }),
    proof: z.string().max(128).meta({ description: 'by that key, over the token’s hash and the key itself; base64' }),
  }),
);
const enrolled = named(
  'Enrolled',
  z.strictObject({
    tenant: z.string(),
    log: z.string(),
    origin: z.string(),
    vkey: z.string(),
    kid: z.string(),
    index: z.int().meta({ description: 'of the key’s leaf: records signed with it count from here' }),
    tagKey: z.string().meta({ description: 'makes subject tags; base64' }),
    sealKey,
    apiKey: z.string().meta({ description: 'posts records under this key; shown once, here' }),
  }),
);

export const ENROL_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/api/v1/keys/enrol',
    id: 'enrolKey',
    summary: 'A producer’s own key into the log, with a one-time token',
    scope: 'enrol',
    body: { 'application/json': ENROLMENT },
    answer: { schema: enrolled },
    errors: ['input.invalid', 'input.media_type', 'input.too_large', 'record.signature', 'ledger.pending'],
  },
];
const BODY_BYTES = 4 * 1024;

/**
 * POST /api/v1/keys/enrol. The private half stays with the producer: it signs the token's hash and its own public key, so
 * neither a stolen token alone nor a copied public key enrols anything. The token is used up before the key enters the
 * log: of two concurrent uses one wins. It is given back when enrolment fails; a crash in between leaves it used up.
 */
export function enrolRoute(app: FastifyInstance, context: ApiContext): void {
  const { platform, stores } = context;
  app.post(
    '/api/v1/keys/enrol',
    { bodyLimit: BODY_BYTES, onRequest: [requireScope(context, 'enrol')] },
    async (request): Promise<z.output<typeof enrolled>> => {
      const token = String(request.headers[API_KEY_HEADER]);
      const body = parseInput(ENROLMENT, request.body);
      const publicKey = readPublicKey(body.publicKey);
      proveHolding(token, body.publicKey, publicKey, body.proof);
      if (!(await stores.apiKeys.consume(token))) {
        throw new AppError('auth.invalid', 'the enrolment token was used already', {
          field: API_KEY_HEADER,
          fix: 'ask for a new enrolment token',
        });
      }
      try {
        const { kid, idx } = await platform.ledger.enrolKey({ publicKey, role: 'producer' });
        await platform.sealKeys.refresh();
        const { label } = callerOf(request);
        const { apiKey } = await stores.apiKeys.mint({ scopes: ['write'], kid, label });
        const { tenant, log, origin, vkey, tagKey } = platform;
        return {
          tenant,
          log,
          origin,
          vkey,
          kid,
          index: idx,
          tagKey: toBase64(tagKey),
          sealKey: sealKeyOf(platform),
          apiKey,
        };
      } catch (error) {
        await stores.apiKeys.release(token);
        throw error;
      }
    },
  );
}

function readPublicKey(text: string): Uint8Array {
  try {
    const publicKey = fromBase64(text);
    assertPublicKey(publicKey);
    return publicKey;
  } catch (cause) {
    const message = cause instanceof RecordError ? cause.message : 'not a public key';
    throw new AppError('input.invalid', message, { field: '/publicKey', expected: '32 bytes in base64' }, { cause });
  }
}

/** What the holder of the private half signs. */
export function enrolmentMessage(token: string, publicKeyBase64: string): Uint8Array {
  const tokenHash = createHash('sha256').update(token, 'utf8').digest('hex');
  return utf8(`tenet-enrol-v1\n${tokenHash}\n${publicKeyBase64}`);
}

function proveHolding(token: string, publicKeyBase64: string, publicKey: Uint8Array, proof: string): void {
  let signature: Uint8Array;
  try {
    signature = fromBase64(proof);
  } catch (cause) {
    throw new AppError('input.invalid', 'the proof is not base64', { field: '/proof' }, { cause });
  }
  if (!jointVerifySync(signature, enrolmentMessage(token, publicKeyBase64), publicKey)) {
    throw new AppError('record.signature', 'the proof of possession does not verify', {
      field: '/proof',
      expected: 'Ed25519 over "tenet-enrol-v1\\n" + SHA-256(token) in hex + "\\n" + publicKey',
    });
  }
}
