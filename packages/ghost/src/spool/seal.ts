import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { fromBase64Url, kidOf } from '@tenet-ledger/record';
import { SpoolError } from './errors.js';
import { SEAL_ALG, type SegmentSeal } from './header.js';

// FORMAT.md §4. One key per segment; the ephemeral private half is forgotten as soon as the key is made.

export const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** The name of a platform's seal key: 's' in place of the 'k' of a record key's. */
export const sealKidOf = (publicKey: Uint8Array): string => `s${kidOf(publicKey).slice(1)}`;

/** A raw X25519 public key, 32 bytes. Throws for anything else. */
export function sealPublicKey(raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new SpoolError('spool.seal', 'a seal key is 32 bytes');
  return createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}

export function rawPublicKey(key: KeyObject): Uint8Array {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (x === undefined) throw new SpoolError('spool.seal', 'expected an X25519 key');
  return new Uint8Array(Buffer.from(x, 'base64url'));
}

/** PKCS #8 PEM of an X25519 private key. */
export function readSealPrivateKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'x25519')
    throw new SpoolError('spool.seal', `expected an X25519 key, got ${key.asymmetricKeyType ?? 'another'}`);
  return key;
}

/** What a writer needs for one segment. */
export interface SegmentSealer {
  readonly seal: SegmentSeal;
  /** `headerBytes`: the content of frame 0. `index`: of the frame, from 1, each once. */
  sealFrame(index: number, headerDigest: Uint8Array, line: Uint8Array): Buffer;
}

export interface SealTo {
  readonly kid: string;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** `ephemeral` is given by tests alone: vectors need the same bytes each time. */
export function segmentSealer(to: SealTo, ephemeral?: KeyObject): SegmentSealer {
  const secret = ephemeral ?? generateKeyPairSync('x25519').privateKey;
  const epk = rawPublicKey(secret);
  const key = segmentKey(secret, sealPublicKey(to.publicKey), epk, to.publicKey);
  return {
    seal: { alg: SEAL_ALG, epk: Buffer.from(epk).toString('base64url'), kid: to.kid },
    sealFrame(index, headerDigest, line) {
      const cipher = createCipheriv(ALGORITHM, key, nonceOf(index)).setAAD(headerDigest);
      return Buffer.concat([cipher.update(line), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

/** Opens frames of one segment. Throws `spool.seal` for a frame that is not what was sealed there. */
export type OpenFrame = (index: number, bytes: Uint8Array) => Buffer;

export function segmentOpener(privateKey: KeyObject, seal: SegmentSeal, headerBytes: Uint8Array): OpenFrame {
  const headerDigest = headerDigestOf(headerBytes);
  const epk = fromBase64Url(seal.epk);
  const key = segmentKey(privateKey, sealPublicKey(epk), epk, rawPublicKey(privateKey));
  return (index, bytes) => {
    const end = bytes.length - TAG_BYTES;
    if (end < 0) throw new SpoolError('spool.seal', 'the sealed frame is shorter than its tag');
    try {
      const decipher = createDecipheriv(ALGORITHM, key, nonceOf(index), { authTagLength: TAG_BYTES })
        .setAAD(headerDigest)
        .setAuthTag(bytes.subarray(end));
      const opened = decipher.update(bytes.subarray(0, end));
      decipher.final();
      return opened;
    } catch (error) {
      throw new SpoolError('spool.seal', `frame ${index} can not be opened with its segment's key`, { cause: error });
    }
  };
}

export const headerDigestOf = (headerBytes: Uint8Array): Uint8Array => hash('sha256', headerBytes, 'buffer');

/** RFC 7748 §6.1, RFC 5869. A small-order point is refused by OpenSSL: its shared secret would be zero. */
function segmentKey(secret: KeyObject, peer: KeyObject, epk: Uint8Array, platform: Uint8Array): Uint8Array {
  let shared: Buffer;
  try {
    shared = diffieHellman({ privateKey: secret, publicKey: peer });
  } catch (error) {
    throw new SpoolError('spool.seal', 'no key can be agreed on with this public key', { cause: error });
  }
  const info = Buffer.concat([Buffer.from('tenet-spool-v1', 'latin1'), epk, platform]);
  return new Uint8Array(hkdfSync('sha256', shared, new Uint8Array(0), info, 32));
}

/** u96be */
function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 6, 6);
  return nonce;
}
