import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../errors/index.js';

const NONCE = 12;
const TAG = 16;

let pool: Uint8Array = new Uint8Array(0);

/** Asking the system for 12 bytes costs as much as for thousands. Every byte is handed out once. */
function nextNonce(): Uint8Array {
  if (pool.length < NONCE) pool = randomBytes(NONCE * 1_024);
  const nonce = pool.subarray(0, NONCE);
  pool = pool.subarray(NONCE);
  return nonce;
}

/**
 * nonce ‖ ciphertext ‖ tag, AES-256-GCM. `aad` names the row the bytes belong to, so that a sealed blob moved to another
 * row does not open. One key seals far fewer than 2^32 blobs (NIST SP 800-38D §8.3): one per record of a subject.
 */
export function seal(
  key: Uint8Array,
  aad: readonly string[],
  plaintext: Uint8Array,
  nonce: Uint8Array = nextNonce(),
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aadBytes(aad));
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** Throws `ledger.disclosure` when the bytes, the key or the row do not fit together. */
export function open(key: Uint8Array, aad: readonly string[], sealed: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(aadBytes(aad));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const body = decipher.update(sealed.subarray(NONCE, sealed.length - TAG));
    return Buffer.concat([body, decipher.final()]);
  } catch (cause) {
    throw new AppError(
      'ledger.disclosure',
      `a sealed row does not open: ${aad.join(' ')}`,
      { fix: 'run `tenet ledger fsck`; restore the row from a back-up, never by hand' },
      { cause },
    );
  }
}

/** JSON text, so that no two lists of names share an encoding. */
function aadBytes(aad: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(aad), 'utf8');
}
