import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { kidOf, type Ed25519Verify, type RecordSigner } from '@tenet-ledger/record';

/** RFC 8410 §4: the 12 bytes before an Ed25519 public key in SubjectPublicKeyInfo. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What node:crypto says; the joint rule of the record format wants a second opinion beside it. */
export const nodeVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    if (publicKey.length !== 32) return false;
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
};

export const generatePrivateKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

/** Throws where the text is not an Ed25519 key: nothing else signs records. */
export function readPrivateKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`expected an Ed25519 key, got ${key.asymmetricKeyType ?? 'another'}`);
  return key;
}

/** Signs with node:crypto, about 25,000 times a second. */
export function nodeSigner(privateKey: KeyObject): RecordSigner {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('expected an Ed25519 key');
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  return { keyId: kidOf(publicKey), publicKey, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}
