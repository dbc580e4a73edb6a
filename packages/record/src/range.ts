import { equalBytes } from './bytes.js';
import { RecordError } from './errors.js';
import { nodeHash, sha256, type Sha256 } from './hash.js';
import { rangeHash, rootOf, splitPoint, type NodeReader } from './tree.js';

/** "These are all leaves of [start, end)": what no list of inclusion proofs says. */
export interface RangeClaim {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly size: number;
  /** The leaf hashes of the range, in order and none left out. */
  readonly leafHashes: readonly Uint8Array[];
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/**
 * The subtrees of MTH(D[size]) (RFC 6962 §2.1) that lie outside [start, end), as large as can be, from left to right. At
 * most two for each level of the tree.
 */
export function rangeProof(
  range: Pick<RangeClaim, 'start' | 'end' | 'size'>,
  read: NodeReader,
  hash: Sha256 = sha256,
): Uint8Array[] {
  if (!isRange(range)) {
    throw new RecordError('record.tree.index', 'the range is not one of the tree', {
      expected: `0 ≤ start < end ≤ ${range.size}`,
      got: `${range.start}..${range.end}`,
    });
  }
  const proof: Uint8Array[] = [];
  const visit = (low: number, high: number): void => {
    if (high <= range.start || low >= range.end) proof.push(rangeHash(low, high, read, hash));
    else if (low < range.start || high > range.end) {
      const split = low + splitPoint(high - low);
      visit(low, split);
      visit(split, high);
    }
  };
  visit(0, range.size);
  return proof;
}

/** Recomputes the root from the leaves of the range and the proof; malformed input is false. */
export function verifyRange(claim: RangeClaim, hash: Sha256 = sha256): boolean {
  const { start, end, leafHashes, proof, root } = claim;
  if (!isRange(claim) || leafHashes.length !== end - start) return false;
  if (![root, ...leafHashes, ...proof].every((bytes) => bytes.length === 32)) return false;
  let used = 0;
  const visit = (low: number, high: number): Uint8Array | null => {
    if (high <= start || low >= end) {
      const given = proof[used] ?? null;
      used += 1;
      return given;
    }
    if (low >= start && high <= end) return rootOf(leafHashes.slice(low - start, high - start), hash);
    const split = low + splitPoint(high - low);
    const left = visit(low, split);
    const right = visit(split, high);
    return left === null || right === null ? null : nodeHash(left, right, hash);
  };
  const computed = visit(0, claim.size);
  return computed !== null && used === proof.length && equalBytes(computed, root);
}

const isRange = ({ start, end, size }: Pick<RangeClaim, 'start' | 'end' | 'size'>): boolean =>
  [start, end, size].every((value) => Number.isSafeInteger(value)) && start >= 0 && start < end && end <= size;
