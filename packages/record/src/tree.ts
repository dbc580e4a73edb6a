import { RecordError } from './errors.js';
import { EMPTY_ROOT, nodeHash, sha256, type Sha256 } from './hash.js';

/** Hash of the complete subtree over leaves [index·2^level, (index+1)·2^level). Level 0 is leaf hashes. */
export type NodeReader = (level: number, index: number) => Uint8Array;

/** Called for every node that became complete, children before parents. */
export type NodeListener = (level: number, index: number, hash: Uint8Array) => void;

/**
 * The right edge of a tree: the roots of its complete subtrees, largest first, one for each set bit of `size`. All an
 * appender needs to go on.
 */
export class TreeFrontier {
  readonly #hash: Sha256;
  readonly #edge: Uint8Array[];
  #size: number;

  private constructor(size: number, edge: Uint8Array[], hash: Sha256) {
    this.#size = size;
    this.#edge = edge;
    this.#hash = hash;
  }

  static empty(hash: Sha256 = sha256): TreeFrontier {
    return new TreeFrontier(0, [], hash);
  }

  static from(size: number, rightEdge: readonly Uint8Array[], hash: Sha256 = sha256): TreeFrontier {
    assertSize(size);
    if (rightEdge.length !== bitCount(size)) {
      throw new RecordError('record.tree.edge', 'the right edge does not fit the size', {
        expected: `${bitCount(size)} hashes for size ${size}`,
        got: `${rightEdge.length}`,
      });
    }
    return new TreeFrontier(size, [...rightEdge], hash);
  }

  get size(): number {
    return this.#size;
  }

  get rightEdge(): readonly Uint8Array[] {
    return [...this.#edge];
  }

  append(leafHash: Uint8Array, onNode?: NodeListener): void {
    let node = leafHash;
    let index = this.#size;
    let level = 0;
    onNode?.(0, index, node);
    while (index % 2 === 1) {
      node = nodeHash(this.#edge.pop()!, node, this.#hash);
      index = (index - 1) / 2;
      level += 1;
      onNode?.(level, index, node);
    }
    this.#edge.push(node);
    this.#size += 1;
  }

  root(): Uint8Array {
    const last = this.#edge.at(-1);
    if (last === undefined) return EMPTY_ROOT;
    let node = last;
    for (let i = this.#edge.length - 2; i >= 0; i -= 1) node = nodeHash(this.#edge[i]!, node, this.#hash);
    return node;
  }
}

/** RFC 6962 §2.1 over leaf hashes. */
export function rootOf(leafHashes: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  const frontier = TreeFrontier.empty(hash);
  for (const leaf of leafHashes) frontier.append(leaf);
  return frontier.root();
}

/** A reader over leaf hashes held in memory. */
export function memoryReader(leafHashes: readonly Uint8Array[], hash: Sha256 = sha256): NodeReader {
  const levels: Uint8Array[][] = [];
  const frontier = TreeFrontier.empty(hash);
  for (const leaf of leafHashes) frontier.append(leaf, (level, index, node) => ((levels[level] ??= [])[index] = node));
  return (level, index) => {
    const node = levels[level]?.[index];
    if (node === undefined)
      throw new RecordError('record.tree.node', 'no such node', { got: `level ${level}, index ${index}` });
    return node;
  };
}

/** The nodes whose hashes make up the right edge of a tree of `size` leaves, largest first. */
export function rightEdgeNodes(size: number): readonly { readonly level: number; readonly index: number }[] {
  assertSize(size);
  const nodes: { level: number; index: number }[] = [];
  let start = 0;
  while (start < size) {
    const level = log2Floor(size - start);
    nodes.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return nodes;
}

/** RFC 6962 §2.1.1: PATH(index, D[size]). */
export function inclusionProof(index: number, size: number, read: NodeReader, hash: Sha256 = sha256): Uint8Array[] {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RecordError('record.tree.index', 'the index is outside the tree', {
      expected: `0..${size - 1}`,
      got: String(index),
    });
  }
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const split = start + splitPoint(end - start);
    if (index < split) {
      proof.push(rangeHash(split, end, read, hash));
      end = split;
    } else {
      proof.push(rangeHash(start, split, read, hash));
      start = split;
    }
  }
  return proof.reverse();
}

/** RFC 6962 §2.1.2: PROOF(oldSize, D[size]). Empty for 0 and for equal sizes. */
export function consistencyProof(oldSize: number, size: number, read: NodeReader, hash: Sha256 = sha256): Uint8Array[] {
  assertSize(oldSize);
  assertSize(size);
  if (oldSize > size) {
    throw new RecordError('record.tree.size', 'the older tree is the larger one', {
      expected: `at most ${size}`,
      got: `${oldSize}`,
    });
  }
  if (oldSize === 0 || oldSize === size) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size;
  // Descends to the subtree that ends at oldSize, collecting the other child at every step.
  while (end !== oldSize) {
    const split = start + splitPoint(end - start);
    if (oldSize <= split) {
      proof.push(rangeHash(split, end, read, hash));
      end = split;
    } else {
      proof.push(rangeHash(start, split, read, hash));
      start = split;
    }
  }
  if (start > 0) proof.push(rangeHash(start, end, read, hash));
  return proof.reverse();
}

/** Hash of leaves [start, end), where start is a multiple of the largest power of two below the width. */
export function rangeHash(start: number, end: number, read: NodeReader, hash: Sha256): Uint8Array {
  const width = end - start;
  const level = log2Floor(width);
  if (2 ** level === width) return read(level, start / width);
  const split = start + splitPoint(width);
  return nodeHash(rangeHash(start, split, read, hash), rangeHash(split, end, read, hash), hash);
}

/** RFC 6962 §2.1: the largest power of two smaller than n. */
export const splitPoint = (n: number): number => 2 ** log2Floor(n - 1);

/** Exact to 2^53, unlike Math.log2 near powers of two. */
function log2Floor(n: number): number {
  const high = Math.floor(n / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(n);
}

function bitCount(n: number): number {
  let count = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RecordError('record.tree.size', 'a tree size is an integer from 0 to 2^53-1', { got: String(size) });
  }
}
