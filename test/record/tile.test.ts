import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bundlePath,
  decodeBundle,
  encodeBundle,
  leafHash,
  memoryReader,
  nodeToTile,
  rootOf,
  tilePath,
  tileWidth,
  utf8,
} from '@tenet-ledger/record';
import { nodeSha256, seeded } from './support.js';

describe('tile paths', () => {
  it('follow C2SP tlog-tiles', () => {
    expect(tilePath(0, 1_234_067)).toBe('tile/0/x001/x234/067');
    expect(tilePath(0, 273, 112)).toBe('tile/0/273.p/112');
    expect(tilePath(2, 0, 1)).toBe('tile/2/000.p/1');
    expect(tilePath(1, 1000, 256)).toBe('tile/1/x001/000');
    expect(bundlePath(5)).toBe('tile/entries/005');
    expect(bundlePath(70_000, 3)).toBe('tile/entries/x070/000.p/3');
  });

  it.each([
    [64, 0, 1],
    [-1, 0, 1],
    [0, -1, 1],
    [0, 0.5, 1],
    [0, 0, 0],
    [0, 0, 257],
  ])('refuse level %d, index %d, width %d', (level, n, width) => {
    expect(() => tilePath(level, n, width)).toThrow('out of range');
  });

  it('a tree of 70,000 leaves has the tiles the specification counts', () => {
    const size = 70_000;
    expect(tileWidth(0, 272, size)).toBe(256);
    expect(tileWidth(0, 273, size)).toBe(112);
    expect(tileWidth(0, 274, size)).toBe(0);
    expect(tileWidth(1, 0, size)).toBe(256);
    expect(tileWidth(1, 1, size)).toBe(17);
    expect(tileWidth(2, 0, size)).toBe(1);
    expect(tileWidth(1, 0, 256)).toBe(1);
  });
});

describe('nodeToTile', () => {
  it('finds the hashes under every complete node of a tree', () => {
    const leaves = Array.from({ length: 1_100 }, (_, i) => leafHash(utf8(`${i}`), nodeSha256));
    const read = memoryReader(leaves, nodeSha256);
    const draw = seeded(9);
    for (let level = 0; level <= 10; level += 1) {
      for (let run = 0; run < 20; run += 1) {
        const index = Math.floor(draw() * Math.floor(leaves.length / 2 ** level));
        const tile = nodeToTile(level, index);
        expect(tile.offset + tile.count).toBeLessThanOrEqual(256);
        const first = tile.n * 256 + tile.offset;
        const stored = Array.from({ length: tile.count }, (_, i) => read(tile.level * 8, first + i));
        expect(rootOf(stored, nodeSha256), `${level}/${index}`).toEqual(read(level, index));
      }
    }
  });
});

describe('entry bundles', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (leaves) => {
        expect(decodeBundle(encodeBundle(leaves))).toEqual(leaves);
      }),
    );
    const largest = new Uint8Array(65_535).fill(7);
    expect(decodeBundle(encodeBundle([largest, Uint8Array.of(1)]))).toEqual([largest, Uint8Array.of(1)]);
  });

  it('are big-endian uint16 lengths before each leaf', () => {
    expect(encodeBundle([Uint8Array.of(9), new Uint8Array(258)]).subarray(0, 5)).toEqual(Uint8Array.of(0, 1, 9, 1, 2));
  });

  it('cut off anywhere are refused', () => {
    const whole = encodeBundle([Uint8Array.of(1, 2, 3)]);
    for (let end = 0; end < whole.length; end += 1) expect(() => decodeBundle(whole.subarray(0, end))).toThrow();
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow('out of range');
    expect(() => encodeBundle([])).toThrow('out of range');
  });
});
