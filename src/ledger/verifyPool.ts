import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const MAX_KEYS = 4_096;

/**
 * Ed25519 on node's thread pool: verification is the ceiling of ingest and must not sit on the event loop. For keys that
 * passed `assertPublicKey` node's verdict is the joint one (packages/record, `registeredKeyVerify`). Never throws for
 * malformed input.
 */
export function createVerifier(): (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean> {
  const keys = new Map<string, KeyObject>();
  const keyObject = (publicKey: Uint8Array): KeyObject => {
    const id = Buffer.from(publicKey).toString('latin1');
    const known = keys.get(id);
    if (known) return known;
    const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(id, key);
    return key;
  };
  return (publicKey, message, signature) =>
    new Promise((resolve) => {
      verify(null, message, keyObject(publicKey), signature, (error, valid) => resolve(!error && valid));
    });
}
