import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256. Every function that hashes takes one as its last argument, so that a server can pass its native
 * implementation; the default runs anywhere.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

export const sha256: Sha256 = nobleSha256;

/** RFC 6962 §2.1: MTH({}) = SHA-256(). */
export const EMPTY_ROOT: Uint8Array = nobleSha256(new Uint8Array(0));

/** RFC 6962 §2.1: SHA-256(0x00 ‖ leaf). */
export function leafHash(leaf: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(leaf.length + 1);
  input.set(leaf, 1);
  return hash(input);
}

/** RFC 6962 §2.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(1 + left.length + right.length);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return hash(input);
}
