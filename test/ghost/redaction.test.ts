import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Json } from '@tenet-ledger/record';
import { describe, expect, it } from 'vitest';
import type { RecordDraft } from '../../packages/ghost/src/delivery/delivery.js';
import { compileRedaction, compileRedactor } from '../../packages/ghost/src/redact/index.js';
import { redactionVectors } from './redactionVectors.js';

const FILE = fileURLToPath(new URL('../../packages/ghost/vectors/redaction.json', import.meta.url));
const key = Buffer.alloc(32, 9).toString('base64');

interface Vectors {
  readonly drafts: readonly { readonly name: string; readonly options: object; readonly out: RecordDraft }[];
  readonly refused: readonly object[];
}

const vectors = redactionVectors() as Vectors;

describe('redaction', () => {
  it('has its shared vectors written down as they are computed', () => {
    const text = `${JSON.stringify(vectors, null, 1)}\n`;
    if (process.env['TENET_WRITE_VECTORS'] === '1' || !existsSync(FILE)) writeFileSync(FILE, text);
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(text));
  });

  it.each(vectors.drafts)('leaves alone what it has redacted already: $name', ({ options, out }) => {
    expect(compileRedaction(options)(out)).toEqual(out);
  });

  it.each(vectors.refused)('refuses rules that can not work: %j', (options) => {
    expect(() => compileRedaction(options)).toThrow(/^redact\./);
  });

  it('gives back the very draft where nothing is to be hidden', () => {
    const plain = vectors.drafts.find(({ name }) => name === 'nothing to hide')!.out;
    expect(compileRedaction()(plain)).toBe(plain);
  });

  it('finds a secret wherever in a record it is put', () => {
    const secret = 'sk-canary0123456789abcdefghij';
    const place = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<Json>(secret, `before ${secret} after`, 1, null, 'plain'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', secret, '__proto__'), tie('node'), { maxKeys: 3 }),
      ),
    })).node as fc.Arbitrary<Json>;
    const redactor = compileRedactor();
    fc.assert(
      fc.property(place, (value) => {
        expect(JSON.stringify(redactor.value(value, ['context', 'inputs']))).not.toContain('canary');
      }),
    );
  });

  it('puts back by the key what it replaced, and nothing by another', () => {
    const paths = ['/context/inputs'];
    const own = compileRedactor({ pseudonyms: { paths, key } });
    const other = compileRedactor({ pseudonyms: { paths, key: Buffer.alloc(32, 8).toString('base64') } });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (value) => {
        const hidden = own.value(value, ['context', 'inputs']);
        expect(own.restore(hidden)).toEqual(value);
        expect(other.restore(hidden)).toEqual(hidden);
      }),
    );
  });

  it('stays fast on long texts that almost hold a secret', () => {
    const almost = [
      '4111 '.repeat(40_000),
      'sk-'.repeat(60_000),
      '"a":'.repeat(40_000),
      'eyJ'.repeat(60_000),
      '://:'.repeat(50_000),
    ];
    const redactor = compileRedactor();
    const started = performance.now();
    for (const text of almost) redactor.value(text, ['reasoning', '0']);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
