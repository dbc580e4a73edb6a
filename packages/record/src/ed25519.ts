import { etc, getPublicKey, hashes, Point, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equalBytes } from './bytes.js';
import { RecordError } from './errors.js';
import { kidOf } from './kid.js';
import type { Ed25519Verify, RecordSigner } from './types.js';

// One verdict for every verifier. Implementations disagree on edge cases (cofactor, encodings, small order), and a
// malicious operator could sign what one tool accepts and another refuses. FORMAT.md, "Signatures", states the rule.

hashes.sha512 = sha512;

const { n: L } = Point.CURVE();

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt('0x' + etc.bytesToHex(Uint8Array.from(bytes).reverse()));
}

/** noble with `zip215: false`: canonical A and R, S < L, no small-order A, cofactored equation. */
export const strictVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/**
 * RFC 8032 §5.1.7 without the cofactor: R' = [S]B − [k]A, and the *encoding* of R' must equal the first half of the
 * signature. S < L; A must be the canonical encoding of a point. What OpenSSL does, plus canonical A.
 */
export const cofactorlessVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    if (signature.length !== 64 || publicKey.length !== 32) return false;
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (s >= L) return false;
    const a = Point.fromBytes(publicKey, false);
    const k = littleEndian(sha512(concat(r, publicKey, message))) % L;
    const expected = Point.BASE.multiply(s, false).subtract(a.multiply(k, false));
    return equalBytes(expected.toBytes(), r);
  } catch {
    return false;
  }
};

/** Accepts only what both accept. */
export const jointVerify =
  (a: Ed25519Verify, b: Ed25519Verify): Ed25519Verify =>
  (signature, message, publicKey) =>
    a(signature, message, publicKey) && b(signature, message, publicKey);

/** The joint rule without a native library: same verdicts as `jointVerify(strictVerify, node:crypto)`. */
export const portableVerify: Ed25519Verify = jointVerify(strictVerify, cofactorlessVerify);

/**
 * To be called once for every key before it is trusted: at registration, and by a verifier on every key it meets. Refuses what is not
 * the canonical encoding of a point of prime order.
 */
export function assertPublicKey(publicKey: Uint8Array): void {
  const refuse = (why: string, cause?: unknown): never => {
    throw new RecordError('record.public_key', `not an acceptable Ed25519 public key: ${why}`, {}, { cause });
  };
  if (publicKey.length !== 32) refuse(`${publicKey.length} bytes instead of 32`);
  let point: Point;
  try {
    point = Point.fromBytes(publicKey, false);
  } catch (cause) {
    return refuse('not a canonical encoding of a point', cause);
  }
  if (point.isSmallOrder()) refuse('a point of small order');
  if (!point.isTorsionFree()) refuse('a point of mixed order');
}

/**
 * Turns node:crypto's verify (or any verifier of that kind) into one that gives the joint verdict **for keys that passed
 * {@link assertPublicKey}**, at native speed. No extra check is needed. Let A be canonical and of prime order, and let
 * the native verifier require S < L and encode([S]B − [k]A) = R, as OpenSSL does. Then R is the canonical encoding of a
 * point, A is canonical and not of small order, S < L, and the cofactored equation follows from the stricter one: all
 * that `zip215: false` asks. The reverse holds because the joint rule includes the native verdict. The test suite compares the
 * two on Wycheproof and on generated edge cases. For keys that did *not* pass, the verdicts differ.
 */
export const registeredKeyVerify = (nativeVerify: Ed25519Verify): Ed25519Verify => nativeVerify;

/** A signer in pure JavaScript (about 3,000 signatures/s). Servers wrap their native library in a `RecordSigner` instead. */
export function createRecordSigner(secretKey: Uint8Array): RecordSigner {
  if (secretKey.length !== 32) {
    throw new RecordError('record.secret_key', 'an Ed25519 secret key is 32 bytes', {
      got: `${secretKey.length} bytes`,
    });
  }
  const secret = Uint8Array.from(secretKey);
  const publicKey = getPublicKey(secret);
  return { keyId: kidOf(publicKey), publicKey, sign: (message) => sign(message, secret) };
}
