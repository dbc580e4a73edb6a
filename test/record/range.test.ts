import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inclusionProof,
  leafHash,
  memoryReader,
  rangeProof,
  rootOf,
  utf8,
  verifyInclusion,
  verifyRange,
  type RangeClaim,
} from '@tenet-ledger/record';

const leaves = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => leafHash(utf8(`leaf ${i}`)));

function claimOf(size: number, start: number, end: number): RangeClaim {
  const all = leaves(size);
  const proof = rangeProof({ start, end, size }, memoryReader(all));
  return { start, end, size, leafHashes: all.slice(start, end), proof, root: rootOf(all) };
}

const ranges = fc
  .integer({ min: 1, max: 70 })
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })))
  .chain(([size, start]) => fc.tuple(fc.constant(size), fc.constant(start), fc.integer({ min: start + 1, max: size })));

describe('a range proof', () => {
  it('shows that the leaves of a range are all there are, for every range of small trees', () => {
    for (let size = 1; size <= 20; size += 1)
      for (let start = 0; start < size; start += 1)
        for (let end = start + 1; end <= size; end += 1) expect(verifyRange(claimOf(size, start, end))).toBe(true);
  });

  it('of one leaf proves what its inclusion proof proves, with the same hashes', () => {
    fc.assert(
      fc.property(ranges, ([size, start]) => {
        const claim = claimOf(size, start, start + 1);
        const inclusion = inclusionProof(start, size, memoryReader(leaves(size)));
        expect(claim.proof.map(String).sort()).toEqual(inclusion.map(String).sort());
        const [leaf] = claim.leafHashes;
        expect(verifyInclusion({ leafHash: leaf!, index: start, size, proof: inclusion, root: claim.root })).toBe(true);
      }),
    );
  });

  it('of the whole tree is empty, and of any other at most two hashes a level', () => {
    expect(claimOf(50, 0, 50).proof).toEqual([]);
    fc.assert(
      fc.property(ranges, ([size, start, end]) => {
        expect(claimOf(size, start, end).proof.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size) + 1));
      }),
    );
  });

  it('fails where a leaf is left out, put in, changed or moved', () => {
    fc.assert(
      fc.property(ranges, fc.nat(), ([size, start, end], pick) => {
        const claim = claimOf(size, start, end);
        const at = pick % claim.leafHashes.length;
        const other = leafHash(utf8('another'));
        const lists = [
          claim.leafHashes.filter((_, i) => i !== at),
          [...claim.leafHashes, other],
          claim.leafHashes.map((leaf, i) => (i === at ? other : leaf)),
          ...(claim.leafHashes.length > 1 ? [[...claim.leafHashes].reverse()] : []),
        ];
        for (const leafHashes of lists) expect(verifyRange({ ...claim, leafHashes })).toBe(false);
      }),
    );
  });

  it('fails for another place, another size, another root and a proof with a hash more, less or changed', () => {
    fc.assert(
      fc.property(ranges, fc.nat(), ([size, start, end], pick) => {
        const claim = claimOf(size, start, end);
        const other = leafHash(utf8('another'));
        const at = claim.proof.length === 0 ? 0 : pick % claim.proof.length;
        const changed: Partial<RangeClaim>[] = [
          { root: other },
          { proof: [...claim.proof, other] },
          ...(claim.proof.length === 0
            ? []
            : [
                { proof: claim.proof.filter((_, i) => i !== at) },
                { proof: claim.proof.map((hash, i) => (i === at ? other : hash)) },
              ]),
        ];
        for (const over of changed) expect(verifyRange({ ...claim, ...over })).toBe(false);
      }),
    );
  });

  it.each([
    [{ start: -1 }],
    [{ end: 3 }],
    [{ start: 0.5 }],
    [{ size: Number.MAX_SAFE_INTEGER + 1 }],
    [{ proof: [new Uint8Array(31)] }],
  ])('is false for what is malformed: %o', (over) => {
    expect(verifyRange({ ...claimOf(10, 3, 7), ...over })).toBe(false);
  });

  it('is not made for a range outside the tree', () => {
    expect(() => rangeProof({ start: 2, end: 2, size: 5 }, memoryReader(leaves(5)))).toThrow(
      expect.objectContaining({ code: 'record.tree.index' }),
    );
  });
});
