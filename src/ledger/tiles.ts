import {
  HASH_BYTES,
  nodeHash,
  nodeToTile,
  rightEdgeNodes,
  TILE_WIDTH,
  TreeFrontier,
  type NodeReader,
} from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { nodeSha256 } from './hash.js';
import type { BatchPlan, TileRef, TileRow, TreeHead } from './store.js';

/** C2SP tlog-tiles: a tile level for every eight levels of the tree. */
const TILE_HEIGHT = 8;

const keyOf = (level: number, n: number): string => `${level}/${n}`;

/**
 * Node hashes out of tiles. A tile may be wider than the tree in question: nodes are complete subtrees, and what is
 * complete never changes. Throws `ledger.root_mismatch` for a tile that is missing or too narrow.
 */
export function tileReader(tiles: readonly TileRow[]): NodeReader {
  const byKey = new Map(tiles.map((tile) => [keyOf(tile.level, tile.n), tile.hashes]));
  return (level, index) => {
    const at = nodeToTile(level, index);
    const hashes = byKey.get(keyOf(at.level, at.n));
    const end = at.offset + at.count;
    if (!hashes || hashes.length < end * HASH_BYTES) {
      throw new AppError('ledger.root_mismatch', `tile ${at.level}/${at.n} is missing or incomplete`, {
        expected: `${end} hashes`,
        got: hashes ? `${hashes.length / HASH_BYTES}` : 'no tile',
        fix: 'run `tenet ledger fsck`',
      });
    }
    return subtree(hashes, at.offset, at.count);
  };
}

function subtree(hashes: Uint8Array, start: number, span: number): Uint8Array {
  if (span === 1) return hashes.slice(start * HASH_BYTES, (start + 1) * HASH_BYTES);
  const half = span / 2;
  return nodeHash(subtree(hashes, start, half), subtree(hashes, start + half, half), nodeSha256);
}

/** Tiles that hold the right edge of a tree of this size: at most one a level. */
export function edgeTiles(size: number): TileRef[] {
  return uniqueTiles(rightEdgeNodes(size).map(({ level, index }) => nodeToTile(level, index)));
}

/** Tiles that `use` reads nodes from. `use` runs on zero hashes: proofs depend on sizes alone. */
export function tilesReadBy(use: (read: NodeReader) => unknown): TileRef[] {
  const refs: TileRef[] = [];
  const zero = new Uint8Array(HASH_BYTES);
  use((level, index) => {
    refs.push(nodeToTile(level, index));
    return zero;
  });
  return uniqueTiles(refs);
}

function uniqueTiles(refs: readonly TileRef[]): TileRef[] {
  return [...new Map(refs.map(({ level, n }) => [keyOf(level, n), { level, n }])).values()];
}

export function frontierAt(size: number, tiles: readonly TileRow[]): TreeFrontier {
  const read = tileReader(tiles);
  const edge = rightEdgeNodes(size).map(({ level, index }) => read(level, index));
  return TreeFrontier.from(size, edge, nodeSha256);
}

/**
 * Builds tiles as leaf hashes come in. Knows of each tile level only the tile at the edge; `take` hands out every tile
 * touched since the last call, the unfinished ones in their present state.
 */
export class TileBuilder {
  readonly #frontier: TreeFrontier;
  readonly #open = new Map<number, { n: number; hashes: Uint8Array[] }>();
  readonly #touched = new Set<number>();
  #done: TileRow[] = [];

  constructor(size: number, edge: readonly TileRow[]) {
    this.#frontier = frontierAt(size, edge);
    const byKey = new Map(edge.map((tile) => [keyOf(tile.level, tile.n), tile.hashes]));
    for (let level = 0, nodes = size; nodes > 0; level += 1, nodes = Math.floor(nodes / TILE_WIDTH)) {
      const n = Math.floor(nodes / TILE_WIDTH);
      const width = nodes % TILE_WIDTH;
      // Every hash of an unfinished tile is below some node of the right edge, so `edge` holds the tile.
      const hashes = byKey.get(keyOf(level, n)) ?? new Uint8Array(0);
      this.#open.set(level, { n, hashes: split(hashes.subarray(0, width * HASH_BYTES)) });
    }
  }

  append(leafHash: Uint8Array): void {
    this.#frontier.append(leafHash, (level, index, hash) => {
      if (level % TILE_HEIGHT === 0) this.#add(level / TILE_HEIGHT, Math.floor(index / TILE_WIDTH), hash);
    });
  }

  get size(): number {
    return this.#frontier.size;
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  take(): TileRow[] {
    const tiles = this.#done;
    for (const [level, { n, hashes }] of this.#open) {
      if (this.#touched.has(level) && hashes.length > 0) tiles.push({ level, n, hashes: Buffer.concat(hashes) });
    }
    this.#done = [];
    this.#touched.clear();
    return tiles;
  }

  #add(level: number, n: number, hash: Uint8Array): void {
    const tile = this.#open.get(level) ?? { n, hashes: [] };
    tile.hashes.push(hash);
    this.#touched.add(level);
    this.#open.set(level, tile);
    if (tile.hashes.length < TILE_WIDTH) return;
    this.#done.push({ level, n, hashes: Buffer.concat(tile.hashes) });
    this.#open.set(level, { n: n + 1, hashes: [] });
  }
}

function split(hashes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < hashes.length; at += HASH_BYTES) out.push(hashes.subarray(at, at + HASH_BYTES));
  return out;
}

/** Pure: the tree after these leaves. `edge` are the stored tiles named by {@link edgeTiles} for `head.size`. */
export function planBatch(head: TreeHead, edge: readonly TileRow[], leafHashes: readonly Uint8Array[]): BatchPlan {
  const builder = new TileBuilder(head.size, edge);
  const before = Buffer.from(builder.root());
  if (!before.equals(head.root)) {
    throw new AppError('ledger.root_mismatch', `the tiles do not hash to the root at size ${head.size}`, {
      expected: Buffer.from(head.root).toString('base64'),
      got: before.toString('base64'),
      fix: 'run `tenet ledger fsck`; nothing was written',
    });
  }
  for (const hash of leafHashes) builder.append(hash);
  return { size: builder.size, root: builder.root(), tiles: builder.take() };
}
