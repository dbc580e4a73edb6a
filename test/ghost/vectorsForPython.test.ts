import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Draws } from '@tenet-ledger/ghost/replay';
import { describe, expect, it } from 'vitest';
import { laneSeed } from '../../src/replay/index.js';

/** What the Python SDK has to agree with, bit for bit. `TENET_WRITE_VECTORS=1` writes the file anew. */
const FILE = join(import.meta.dirname, '../../packages/ghost/vectors/draws.json');

const RUN_SEEDS = ['00'.repeat(32), 'ab'.repeat(32), '0123456789abcdef'.repeat(4)];
const CASES: readonly (readonly [Parameters<typeof laneSeed>[1], number, string])[] = [
  ['control', 1, 'dec_1'],
  ['candidate', 1, 'dec_1'],
  ['candidate', 2, 'dec_01K9ZZZZZZZZZZZZZZZZZZZZZZ'],
];

/** Doubles as the 16 hex digits of their IEEE 754 form: text in either language could hide a last bit. */
function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function vectors(): unknown {
  return RUN_SEEDS.flatMap((runSeed) =>
    CASES.map(([lane, repeat, decision]) => {
      const seed = laneSeed(runSeed, lane, repeat, decision);
      const draws = new Draws(seed);
      const numbers = Array.from({ length: 20 }, () => draws.random());
      const ids = Array.from({ length: 5 }, () => draws.id());
      return { runSeed, lane, repeat, decision, seed, numbers, bits: numbers.map(bits), ids };
    }),
  );
}

describe('vectors for the Python SDK', () => {
  it('of draws are current', () => {
    const text = `${JSON.stringify({ v: 1, draws: vectors() }, null, 1)}\n`;
    if (process.env['TENET_WRITE_VECTORS'] !== undefined) writeFileSync(FILE, text);
    expect(readFileSync(FILE, 'utf8')).toBe(text);
  });
});
