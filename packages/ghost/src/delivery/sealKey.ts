import type { SealTo } from '../spool/index.js';
import type { SealKey } from '../config.js';
import type { PostAnswer, PostRequest } from './httpPost.js';

/** Throws for what is no X25519 key. */
export function readSealKey({ kid, publicKey }: SealKey): SealTo {
  const raw = new Uint8Array(Buffer.from(publicKey, 'base64'));
  if (raw.length !== 32 || kid === '') throw new TypeError('sealKey is { kid, publicKey: 32 bytes in base64 }');
  return { kid, publicKey: raw };
}

export interface SealKeyDoor {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly post: (request: PostRequest) => Promise<PostAnswer>;
}

/** The key the platform asks to be sealed to now: GET /api/v1/platform. undefined: it could not be told. */
export async function fetchSealKey({ endpoint, apiKey, timeoutMs, post }: SealKeyDoor): Promise<SealTo | undefined> {
  try {
    const url = new URL('/api/v1/platform', endpoint);
    const { status, text } = await post({ url, method: 'GET', headers: { 'x-api-key': apiKey }, body: '', timeoutMs });
    const { sealKey } = (status === 200 ? JSON.parse(text) : {}) as { sealKey?: Partial<SealKey> };
    if (typeof sealKey?.kid !== 'string' || typeof sealKey.publicKey !== 'string') return undefined;
    return readSealKey({ kid: sealKey.kid, publicKey: sealKey.publicKey });
  } catch {
    return undefined;
  }
}
