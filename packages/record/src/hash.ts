import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256. Every function that hashes takes one as its last argument, so that a server can pass its native
 * implementation; the default runs anywhere.
 */
export interface Sha256 {
  (data: Uint8Array): Uint8Array;
  /** base64url of the digest of ASCII text, where the library makes it in one step. */
  readonly base64UrlOf?: (ascii: string) => string;
}

export const sha256: Sha256 = nobleSha256;

/** RFC 6962 §2.1: MTH({}) = SHA-256(). */
export const EMPTY_ROOT: Uint8Array = nobleSha256(new Uint8Array(0));

/** RFC 6962 §2.1: SHA-256(0x00 ‖ leaf). */
export function leafHash(leaf: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(leaf.length + 1);
  input.set(leaf, 1);
  return hash(input);
}

/** Used again for every node: a hash function does not keep its input. */
const nodeInput = new Uint8Array(65);

/** RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const size = 1 + left.length + right.length;
  const input = size === nodeInput.length ? nodeInput : new Uint8Array(size);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return hash(input);
}
