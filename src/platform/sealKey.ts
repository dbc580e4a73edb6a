import { createPrivateKey, type KeyObject } from 'node:crypto';
import { rawPublicKey, sealKidOf } from '@tenet-ledger/ghost/spool';

/** DER prefix of an X25519 PKCS #8 private key (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** What producers seal their spools to: no application host keeps a readable copy of what it has not delivered yet. */
export interface SealKey {
  readonly kid: string;
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

export function sealKeyOf(secret: Uint8Array): SealKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const publicKey = rawPublicKey(privateKey);
  return { kid: sealKidOf(publicKey), publicKey, privateKey };
}
