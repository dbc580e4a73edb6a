import { createPublicKey, verify } from 'node:crypto';
import { jointVerify, strictVerify, type Ed25519Verify } from '@tenet-ledger/record';

/** SubjectPublicKeyInfo of an Ed25519 key without its 32 bytes (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const nodeVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
};

/** Both must accept: a signature means the same to every verifier of this log. */
export const verifyEd25519: Ed25519Verify = jointVerify(strictVerify, nodeVerify);
