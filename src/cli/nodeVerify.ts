import { createPublicKey, verify as cryptoVerify } from 'node:crypto';
import { jointVerify, strictVerify, type Ed25519Verify } from '@tenet-ledger/record';

/** SubjectPublicKeyInfo of an Ed25519 key without its 32 bytes (RFC 8410 §4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const opensslVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
    return cryptoVerify(null, message, key, signature);
  } catch {
    return false;
  }
};

/** The joint Ed25519 rule with two independent implementations: a signature counts where both accept it. */
export const nodeJointVerify: Ed25519Verify = jointVerify(opensslVerify, strictVerify);
