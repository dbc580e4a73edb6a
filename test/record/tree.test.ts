import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  fromBase64,
  inclusionProof,
  leafHash,
  memoryReader,
  nodeHash,
  rightEdgeNodes,
  rootOf,
  sha256,
  toHex,
  TreeFrontier,
  utf8,
  verifyConsistency,
  verifyInclusion,
} from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';
import { nodeSha256, seeded } from './support.js';

const dir = join(vectorsDir, 'rfc6962');

/** Integers as BigInt: the vectors hold 2^64−1, which a double cannot. */
function readVector(path: string): Record<string, unknown> {
  const text = readFileSync(path, 'utf8').replace(/:\s*(\d+)(?=\s*[,}])/g, ':"#$1"');
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('#') ? BigInt(value.slice(1)) : value,
  ) as Record<string, unknown>;
}

const vectorFiles = (kind: string): string[] =>
  hasVectors
    ? readdirSync(join(dir, kind)).flatMap((folder) =>
        readdirSync(join(dir, kind, folder)).map((file) => join(kind, folder, file)),
      )
    : [];

// A Go test writes an absent or empty hash as null or "": no hash at all.
const bytesOf = (value: unknown): Uint8Array => fromBase64((value as string | null) ?? '');
const proofOf = (value: unknown): Uint8Array[] => ((value as string[] | null) ?? []).map((hash) => fromBase64(hash));

describe.skipIf(!hasVectors)('RFC 6962 vectors', () => {
  it('hashes of leaves, nodes and the empty tree are the published ones', () => {
    const rows = JSON.parse(readFileSync(join(dir, 'hasher.json'), 'utf8')) as Record<string, string>[];
    for (const row of rows) {
      const got =
        row['op'] === 'empty'
          ? EMPTY_ROOT
          : row['op'] === 'leaf'
            ? leafHash(utf8(row['dataUtf8']!))
            : nodeHash(utf8(row['leftUtf8']!), utf8(row['rightUtf8']!));
      expect(toHex(got), row['desc']).toBe(row['want']);
    }
    expect(rows).toHaveLength(4);
  });

  it.each(vectorFiles('inclusion'))('%s', (file) => {
    const v = readVector(join(dir, file));
    const ok = verifyInclusion({
      leafHash: bytesOf(v['leafHash']),
      index: v['leafIdx'] as bigint,
      size: v['treeSize'] as bigint,
      proof: proofOf(v['proof']),
      root: bytesOf(v['root']),
    });
    expect(ok).toBe(v['wantErr'] !== true);
  });

  it.each(vectorFiles('consistency'))('%s', (file) => {
    const v = readVector(join(dir, file));
    const ok = verifyConsistency({
      oldSize: v['size1'] as bigint,
      size: v['size2'] as bigint,
      oldRoot: bytesOf(v['root1']),
      root: bytesOf(v['root2']),
      proof: proofOf(v['proof']),
    });
    expect(ok).toBe(v['wantErr'] !== true);
  });
});

const leaves = Array.from({ length: 1_500 }, (_, i) => leafHash(utf8(`leaf ${i}`), nodeSha256));
const read = memoryReader(leaves, nodeSha256);
const roots = [EMPTY_ROOT];
const frontier = TreeFrontier.empty(nodeSha256);
for (const leaf of leaves) {
  frontier.append(leaf);
  roots.push(frontier.root());
}

/** RFC 6962 §2.1, word for word. */
function definition(part: readonly Uint8Array[]): Uint8Array {
  if (part.length === 0) return sha256(new Uint8Array(0));
  if (part.length === 1) return part[0]!;
  let k = 1;
  while (k * 2 < part.length) k *= 2;
  return nodeHash(definition(part.slice(0, k)), definition(part.slice(k)), nodeSha256);
}

function flipped(hash: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(hash);
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}

describe('the tree', () => {
  it('has at every size the root that the definition gives', () => {
    for (let n = 0; n <= 70; n += 1) expect(roots[n], `size ${n}`).toEqual(definition(leaves.slice(0, n)));
    expect(roots[1_500]).toEqual(definition(leaves));
    expect(rootOf(leaves.slice(0, 300), nodeSha256)).toEqual(roots[300]);
  });

  it('proves every leaf of every size up to 70, and no other place or size', () => {
    for (let size = 1; size <= 70; size += 1) {
      const root = roots[size]!;
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(index, size, read, nodeSha256);
        const claim = { leafHash: leaves[index]!, index, size, proof, root };
        expect(verifyInclusion(claim, nodeSha256)).toBe(true);
        expect(verifyInclusion({ ...claim, index: BigInt(index), size: BigInt(size) }, nodeSha256)).toBe(true);
        expect(verifyInclusion({ ...claim, index: (index + 1) % (size + 1) }, nodeSha256)).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: leaves[index + 1]! }, nodeSha256)).toBe(false);
        expect(verifyInclusion({ ...claim, root: roots[size + 1]! }, nodeSha256)).toBe(false);
      }
    }
  });

  it('proves that every size up to 70 is a prefix of every larger one, and of no other root', () => {
    for (let size = 0; size <= 70; size += 1) {
      for (let oldSize = 0; oldSize <= size; oldSize += 1) {
        const proof = consistencyProof(oldSize, size, read, nodeSha256);
        const claim = { oldSize, size, oldRoot: roots[oldSize]!, root: roots[size]!, proof };
        expect(verifyConsistency(claim, nodeSha256), `${oldSize} ${size}`).toBe(true);
        expect(verifyConsistency({ ...claim, oldRoot: roots[oldSize + 1]! }, nodeSha256)).toBe(false);
        expect(verifyConsistency({ ...claim, root: roots[size + 1]! }, nodeSha256)).toBe(oldSize === 0 && size > 0);
        if (oldSize > 0) expect(verifyConsistency({ ...claim, oldSize: size + 1 }, nodeSha256)).toBe(false);
      }
    }
  });

  it('large trees: proofs hold, and any changed, missing or added hash breaks them', () => {
    const size = fc.integer({ min: 2, max: 1_500 });
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(255), (n, a, b, bit) => {
        const index = a % n;
        const oldSize = 1 + (b % (n - 1));
        const inclusion = inclusionProof(index, n, read, nodeSha256);
        const included = (proof: readonly Uint8Array[]): boolean =>
          verifyInclusion({ leafHash: leaves[index]!, index, size: n, proof, root: roots[n]! }, nodeSha256);
        const consistency = consistencyProof(oldSize, n, read, nodeSha256);
        const consistent = (proof: readonly Uint8Array[]): boolean =>
          verifyConsistency({ oldSize, size: n, oldRoot: roots[oldSize]!, root: roots[n]!, proof }, nodeSha256);
        for (const [proof, holds] of [
          [inclusion, included],
          [consistency, consistent],
        ] as const) {
          expect(holds(proof)).toBe(true);
          const at = a % proof.length;
          expect(holds(proof.with(at, flipped(proof[at]!, bit)))).toBe(false);
          expect(holds(proof.slice(0, -1))).toBe(false);
          expect(holds(proof.slice(1))).toBe(false);
          expect(holds([...proof, proof[0]!])).toBe(false);
          expect(holds(proof.with(at, proof[at]!.subarray(1)))).toBe(false);
          if (proof.length > 1) expect(holds([...proof.slice(1), proof[0]!])).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is taken up again from its right edge at any size', () => {
    const draw = seeded(3);
    for (let run = 0; run < 60; run += 1) {
      const size = Math.floor(draw() * 1_400);
      const edge = rightEdgeNodes(size).map(({ level, index }) => read(level, index));
      const resumed = TreeFrontier.from(size, edge, nodeSha256);
      expect(resumed.root()).toEqual(roots[size]);
      for (let i = size; i < size + 40; i += 1) resumed.append(leaves[i]!);
      expect(resumed.root()).toEqual(roots[size + 40]);
      expect(resumed.size).toBe(size + 40);
      expect(resumed.rightEdge).toEqual(rightEdgeNodes(size + 40).map(({ level, index }) => read(level, index)));
    }
  });

  it('reports every node that becomes complete, children first', () => {
    const seen: string[] = [];
    const tree = TreeFrontier.empty(nodeSha256);
    for (let i = 0; i < 4; i += 1) tree.append(leaves[i]!, (level, index) => seen.push(`${level}/${index}`));
    expect(seen).toEqual(['0/0', '0/1', '1/0', '0/2', '0/3', '1/1', '2/0']);
  });

  it('refuses an edge, index or size that cannot be', () => {
    expect(() => TreeFrontier.from(3, [leaves[0]!])).toThrow('right edge');
    expect(() => inclusionProof(5, 5, read)).toThrow('outside');
    expect(() => inclusionProof(0.5, 5, read)).toThrow('outside');
    expect(() => consistencyProof(6, 5, read)).toThrow('older');
    expect(() => consistencyProof(1, 2 ** 53, read)).toThrow('size');
  });

  it.each([NaN, -1, 1.5, 2 ** 53, Infinity])('a proof for index or size %s is false, not an error', (odd) => {
    const claim = { leafHash: leaves[0]!, index: 0, size: 1, proof: [], root: leaves[0]! };
    expect(verifyInclusion({ ...claim, index: odd })).toBe(false);
    expect(verifyInclusion({ ...claim, size: odd })).toBe(false);
    const older = { oldSize: 1, size: 1, oldRoot: leaves[0]!, root: leaves[0]!, proof: [] };
    expect(verifyConsistency({ ...older, oldSize: odd })).toBe(false);
    expect(verifyConsistency({ ...older, size: odd })).toBe(false);
  });
});
