import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  rootOf,
  TILE_WIDTH,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
} from '@tenet-ledger/record';
import { edgeTiles, planBatch, tileReader, tilesReadBy } from '../../src/ledger/tiles.js';
import type { TileRow, TreeHead } from '../../src/ledger/index.js';

const leaf = (i: number): Buffer => createHash('sha256').update(`leaf ${i}`).digest();
const leaves = (from: number, to: number): Buffer[] => Array.from({ length: to - from }, (_, i) => leaf(from + i));

/** A tree that grows by batches, its tiles kept the way the database keeps them. */
class TiledTree {
  head: TreeHead = { size: 0, root: EMPTY_ROOT };
  readonly tiles = new Map<string, TileRow>();

  append(count: number): void {
    const plan = planBatch(
      this.head,
      this.read(edgeTiles(this.head.size)),
      leaves(this.head.size, this.head.size + count),
    );
    for (const tile of plan.tiles) this.tiles.set(`${tile.level}/${tile.n}`, tile);
    this.head = plan;
  }

  read(refs: readonly { level: number; n: number }[]): TileRow[] {
    return refs.flatMap(({ level, n }) => this.tiles.get(`${level}/${n}`) ?? []);
  }
}

const grow = (batches: readonly number[]): TiledTree => {
  const tree = new TiledTree();
  for (const count of batches) tree.append(count);
  return tree;
};

/** Sizes around tile borders, where mistakes would be. */
const batch = fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constantFrom(1, 255, 256, 257, 512, 1024));

describe('planning batches', () => {
  test('any split into batches gives the root of all leaves', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 6 }), (batches) => {
        const tree = grow(batches);
        expect(Buffer.from(tree.head.root)).toEqual(Buffer.from(rootOf(leaves(0, tree.head.size))));
      }),
      { numRuns: 40 },
    );
  });

  test('the tiles are those of C2SP tlog-tiles: each level as wide as the size asks, hashes of complete subtrees', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 5 }), (batches) => {
        const tree = grow(batches);
        for (const { level, n, hashes } of tree.tiles.values()) {
          expect(hashes.length / 32).toBe(tileWidth(level, n, tree.head.size));
          const span = TILE_WIDTH ** level;
          const first = rootOf(leaves(n * TILE_WIDTH * span, n * TILE_WIDTH * span + span));
          expect(Buffer.from(hashes.subarray(0, 32))).toEqual(Buffer.from(first));
        }
        const wanted = [0, 1, 2].map((level) =>
          Math.ceil(Math.floor(tree.head.size / TILE_WIDTH ** level) / TILE_WIDTH),
        );
        expect(tree.tiles.size).toBe(wanted.reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 25 },
    );
  });

  test('proofs out of tiles verify, also for older sizes in tiles that have grown since', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (batches, a, b) => {
        const tree = grow(batches);
        const size = 1 + (a % tree.head.size);
        const index = b % size;
        const root = rootOf(leaves(0, size));
        const inclusion = tilesReadBy((read) => inclusionProof(index, size, read));
        const proof = inclusionProof(index, size, tileReader(tree.read(inclusion)));
        expect(verifyInclusion({ leafHash: leaf(index), index, size, proof, root })).toBe(true);
        const refs = tilesReadBy((read) => consistencyProof(size, tree.head.size, read));
        const grown = consistencyProof(size, tree.head.size, tileReader(tree.read(refs)));
        const claim = { oldSize: size, size: tree.head.size, oldRoot: root, root: tree.head.root, proof: grown };
        expect(verifyConsistency(claim)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('tiles that do not fit', () => {
  test('a flipped bit in the right edge stops the batch before anything is written', () => {
    const tree = grow([300, 700]);
    const tile = tree.tiles.get('0/3');
    if (!tile) throw new Error('no tile');
    tree.tiles.set('0/3', { ...tile, hashes: Buffer.from(tile.hashes).fill(tile.hashes[0]! ^ 1, 0, 1) });
    expect(() => tree.append(1)).toThrowError(expect.objectContaining({ code: 'ledger.root_mismatch' }) as Error);
  });

  test('a missing tile and a tile that is too narrow are named', () => {
    const tree = grow([300]);
    tree.tiles.delete('0/1');
    expect(() => tree.append(1)).toThrowError(/tile 0\/1 is missing/);
    const narrow = grow([300]);
    const tile = narrow.tiles.get('0/1');
    if (!tile) throw new Error('no tile');
    narrow.tiles.set('0/1', { ...tile, hashes: tile.hashes.subarray(0, 32) });
    expect(() => narrow.append(1)).toThrowError(/incomplete/);
  });
});
