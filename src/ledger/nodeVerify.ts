import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { jointVerify, strictVerify, type Ed25519Verify } from '@tenet-ledger/record';

// node:crypto's verdict is the joint one of packages/record for keys that passed `assertPublicKey` (registeredKeyVerify there):
// record keys pass it when they are enrolled, the log's and the root key where they are loaded.

/** DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const MAX_KEYS = 4_096;

export type AsyncVerify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

export function publicKeyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
}

/** Reading a key costs as much as a signature, and the same few sign for years. */
const keyObjects = new Map<string, KeyObject>();

function keyObject(publicKey: Uint8Array): KeyObject {
  const id = Buffer.from(publicKey).toString('latin1');
  const known = keyObjects.get(id);
  if (known) return known;
  if (keyObjects.size >= MAX_KEYS) keyObjects.clear();
  const key = publicKeyObject(publicKey);
  keyObjects.set(id, key);
  return key;
}

/**
 * On node's thread pool: verification is the ceiling of ingest and must not sit on the event loop. Never throws for malformed
 * signatures.
 */
export const verifyAsync: AsyncVerify = (publicKey, message, signature) =>
  new Promise((resolve) => {
    verify(null, message, keyObject(publicKey), signature, (error, valid) => resolve(!error && valid));
  });

/** For the few signatures of checkpoints. */
export const verifySync: Ed25519Verify = (signature, message, publicKey) => {
  try {
    return verify(null, message, keyObject(publicKey), signature);
  } catch {
    return false;
  }
};

/**
 * The joint rule for keys that nobody has checked yet, by two independent implementations: both must accept, so a signature
 * means the same to every verifier of this log.
 */
export const jointVerifySync: Ed25519Verify = jointVerify(strictVerify, verifySync);
