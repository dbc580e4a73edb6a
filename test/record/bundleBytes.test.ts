import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize, formatBundle, toBase64, utf8, verifyBundle, type Policy } from '@tenet-ledger/record';
import { full } from './fullBundle.js';
import { joint, rawBundle, seeded, TestLog } from './support.js';

const { log, bundle } = full();
const good = bundle();
const policy = log.policy();

describe('whatever is given as a bundle', () => {
  const text = formatBundle(good);

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a number', '7'],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['bytes that are not UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['a byte order mark before it', `\ufeff${text}`],
    ['a newline after it', `${text}\n`],
    ['a duplicate key', text.replace('{"consistency":', '{"consistency":[],"consistency":')],
    ['an unknown member', rawBundle({ ...good, policy: 'quorum none' })],
    ['an unknown member in an entry', rawBundle({ ...good, entry: { ...good.entry, note: '' } })],
    ['an unknown member in a row', rawBundle({ ...good, rows: [{ ...good.rows[0], note: '' }] })],
    ['missing members', '{"v":1}'],
    ['another version', rawBundle({ ...good, v: 2 })],
    ['a list instead of an entry', rawBundle({ ...good, entry: [] })],
    ['a number instead of a leaf', rawBundle({ ...good, entry: { ...good.entry, leaf: 1 } })],
    ['null instead of a receipt', rawBundle({ ...good, entry: { ...good.entry, receipt: null } })],
    ['numbers instead of disclosures', rawBundle({ ...good, entry: { ...good.entry, disclosures: [1] } })],
    ['a negative index', rawBundle({ ...good, rows: [{ ...good.rows[0], index: -1 }] })],
    ['a short hash', rawBundle({ ...good, rows: [{ ...good.rows[0], proof: ['AAAA'] }] })],
    ['deep nesting', '['.repeat(500_000)],
    ['deep nesting that closes', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['65 MiB', new Uint8Array(65 * 1024 * 1024).fill(0x20)],
  ])('%s is INVALID with a reason, and nothing is thrown', (_, bytes) => {
    const verdict = verifyBundle(bytes, { policy, verify: joint });
    expect(verdict.label).toBe('INVALID');
    expect(verdict.reasons).toHaveLength(1);
    expect(verdict.entry).toBeNull();
  });

  it('arbitrary JSON in place of any member is INVALID, never an exception', () => {
    const paths = fc.constantFrom(
      ...Object.keys(good),
      'entry.leaf',
      'entry.receipt',
      'entry.disclosures',
      'keys.0',
      'rows.0.row',
      'consistency.0.proof',
    );
    fc.assert(
      fc.property(paths, fc.jsonValue({ maxDepth: 3 }), (path, value) => {
        const copy = JSON.parse(JSON.stringify(good)) as Record<string, unknown>;
        const steps = path.split('.');
        const last = steps.pop()!;
        let at = copy;
        for (const step of steps) at = at[step] as Record<string, unknown>;
        fc.pre(JSON.stringify(at[last]) !== JSON.stringify(value));
        at[last] = value;
        let bytes: string;
        try {
          bytes = canonicalize(copy);
        } catch {
          return;
        }
        const verdict = verifyBundle(bytes, { policy, verify: joint });
        // Dropping optional parts leaves a bundle that still holds; nothing else does.
        const emptied =
          Array.isArray(value) &&
          value.length === 0 &&
          ['rows', 'consistency', 'erasures', 'entry.disclosures'].includes(path);
        expect(verdict.label === 'INVALID').toBe(!emptied);
      }),
      { numRuns: 400 },
    );
  });

  it('cut off anywhere is INVALID', () => {
    const draw = seeded(2);
    for (let run = 0; run < 300; run += 1) {
      const verdict = verifyBundle(text.slice(0, Math.floor(draw() * text.length)), { policy, verify: joint });
      expect(verdict.label).toBe('INVALID');
    }
  });
});

describe('every byte of a bundle counts', () => {
  const own = new TestLog();
  const added = own.key('add', own.producer, 'producer');
  const record = own.append(
    {
      id: 'dec_1',
      fields: [{ path: '/decision/outcome', value: 'deny' }],
      after: { size: 1, root: toBase64(own.rootAt(1)) },
    },
    own.producer,
  );
  const bytes = utf8(
    formatBundle(own.bundle(record, [added], { consistency: [own.consistency(1)] }, own.note(2, [0, 1]))),
  );
  const under: Policy = own.policy('two');

  it('the bundle as it is verifies', () => {
    expect(verifyBundle(bytes, { policy: under, verify: joint }).label).toBe('WITNESSED');
    expect(bytes.length).toBeLessThan(8_000);
  });

  it('flipping any one bit of any byte makes it INVALID', () => {
    const survivors: string[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const bit = at % 8;
      const changed = bytes.with(at, bytes[at]! ^ (1 << bit));
      if (verifyBundle(changed, { policy: under, verify: joint }).label !== 'INVALID')
        survivors.push(`byte ${at} bit ${bit}`);
    }
    expect(survivors).toEqual([]);
  });

  it('replacing a character by a neighbour of its own kind makes it INVALID', () => {
    const text = new TextDecoder().decode(bytes);
    const swap = (char: string): string =>
      /[A-Ya-y0-8]/.test(char) ? String.fromCharCode(char.charCodeAt(0) + 1) : 'A';
    const survivors: number[] = [];
    for (let at = 0; at < text.length; at += 3) {
      const changed = text.slice(0, at) + swap(text[at]!) + text.slice(at + 1);
      if (changed !== text && verifyBundle(changed, { policy: under, verify: joint }).label !== 'INVALID')
        survivors.push(at);
    }
    expect(survivors).toEqual([]);
  });

  it('leaving out any one byte makes it INVALID', () => {
    for (let at = 0; at < bytes.length; at += 7) {
      const shorter = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]);
      expect(verifyBundle(shorter, { policy: under, verify: joint }).label).toBe('INVALID');
    }
  });
});
