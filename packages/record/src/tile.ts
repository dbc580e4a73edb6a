import { concat } from './bytes.js';
import { RecordError } from './errors.js';

// C2SP tlog-tiles: tiles of 256 hashes, tile level L holding tree level 8·L, and bundles of leaves beside level 0.

export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;
const TILE_HEIGHT = 8;

/** "tile/<L>/<N>[.p/<W>]"; width 256 or none is a full tile. */
export const tilePath = (level: number, n: number, width: number = TILE_WIDTH): string => {
  integer('level', level, 0, 63);
  return `tile/${level}/${tileIndex(n)}${partial(width)}`;
};

/** "tile/entries/<N>[.p/<W>]". */
export const bundlePath = (n: number, width: number = TILE_WIDTH): string =>
  `tile/entries/${tileIndex(n)}${partial(width)}`;

/** 1234067 → "x001/x234/067". */
function tileIndex(n: number): string {
  integer('index', n, 0, Number.MAX_SAFE_INTEGER);
  const parts: string[] = [];
  let rest = n;
  do {
    parts.unshift(String(rest % 1000).padStart(3, '0'));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  return parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/');
}

function partial(width: number): string {
  integer('width', width, 1, TILE_WIDTH);
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

export interface TileRange {
  /** Tile level: tree level 8·level. */
  readonly level: number;
  readonly n: number;
  /** First hash of the range inside the tile. */
  readonly offset: number;
  /** 1 for a hash stored as it is; 2, 4 … 128 where the node is the root over that many hashes of the tile. */
  readonly count: number;
}

/** Where the node (level, index) of the tree is found: one tile, and how many of its hashes must be hashed together. */
export function nodeToTile(level: number, index: number): TileRange {
  const count = 2 ** (level % TILE_HEIGHT);
  const perTile = TILE_WIDTH / count;
  return {
    level: Math.floor(level / TILE_HEIGHT),
    n: Math.floor(index / perTile),
    offset: (index % perTile) * count,
    count,
  };
}

/** Hashes in the tile (level, n) of a tree of `size` leaves: 0..256. */
export function tileWidth(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/** Leaves, each with a big-endian uint16 length before it. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  integer('leaves', leaves.length, 1, TILE_WIDTH);
  return concat(
    ...leaves.flatMap((leaf) => {
      integer('leaf bytes', leaf.length, 0, 0xffff);
      return [Uint8Array.of(leaf.length >> 8, leaf.length & 0xff), leaf];
    }),
  );
}

export function decodeBundle(bundle: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const end = at + 2 + ((bundle[at]! << 8) | (bundle[at + 1] ?? 0));
    if (at + 2 > bundle.length || end > bundle.length) {
      throw new RecordError('record.tile.bundle', 'the entry bundle is cut off', { at: `byte ${at}` });
    }
    leaves.push(bundle.slice(at + 2, end));
    at = end;
  }
  integer('leaves', leaves.length, 1, TILE_WIDTH);
  return leaves;
}

function integer(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RecordError('record.tile', `tile ${what} out of range`, {
      expected: `${least}..${most}`,
      got: `${value}`,
    });
  }
}
