import { equalBytes } from './bytes.js';
import { EMPTY_ROOT, nodeHash, sha256, type Sha256 } from './hash.js';

// RFC 9162 §2.1.3.2 and §2.1.4.2 (the same tree as RFC 6962, with the algorithms written out). Malformed input is false.

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number | bigint;
  readonly size: number | bigint;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly oldSize: number | bigint;
  readonly size: number | bigint;
  readonly oldRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const MAX_SIZE = (1n << 64n) - 1n;

const isHash = (bytes: Uint8Array): boolean => bytes.length === 32;

function asSize(value: number | bigint): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const size = BigInt(value);
  return size < 0n || size > MAX_SIZE ? undefined : size;
}

export function verifyInclusion(claim: InclusionClaim, hash: Sha256 = sha256): boolean {
  const index = asSize(claim.index);
  const size = asSize(claim.size);
  if (index === undefined || size === undefined || index >= size) return false;
  if (![claim.leafHash, claim.root, ...claim.proof].every(isHash)) return false;
  let fn = index;
  let sn = size - 1n;
  let node = claim.leafHash;
  for (const sibling of claim.proof) {
    if (sn === 0n) return false;
    if (fn % 2n === 1n || fn === sn) {
      node = nodeHash(sibling, node, hash);
      while (fn % 2n === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      node = nodeHash(node, sibling, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equalBytes(node, claim.root);
}

/** Sizes 0 ≤ oldSize ≤ size; for 0 and for equal sizes the proof must be empty and the roots must be what they must be. */
export function verifyConsistency(claim: ConsistencyClaim, hash: Sha256 = sha256): boolean {
  const oldSize = asSize(claim.oldSize);
  const size = asSize(claim.size);
  if (oldSize === undefined || size === undefined || oldSize > size) return false;
  if (![claim.oldRoot, claim.root, ...claim.proof].every(isHash)) return false;
  if (oldSize === size) return claim.proof.length === 0 && equalBytes(claim.oldRoot, claim.root);
  if (oldSize === 0n) return claim.proof.length === 0 && equalBytes(claim.oldRoot, EMPTY_ROOT);
  let fn = oldSize - 1n;
  let sn = size - 1n;
  while (fn % 2n === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  // fn is 0 here iff oldSize is a power of two: then the old root itself starts the path.
  const path = fn === 0n ? [claim.oldRoot, ...claim.proof] : claim.proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let oldNode = first;
  let node = first;
  for (const sibling of rest) {
    if (sn === 0n) return false;
    if (fn % 2n === 1n || fn === sn) {
      oldNode = nodeHash(sibling, oldNode, hash);
      node = nodeHash(sibling, node, hash);
      while (fn % 2n === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      node = nodeHash(node, sibling, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equalBytes(oldNode, claim.oldRoot) && equalBytes(node, claim.root);
}
