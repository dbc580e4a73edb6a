import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canonicalize, type Json } from '@tenet-ledger/record';
import { expect, it } from 'vitest';
import { keyedId, subjectTag } from '../../packages/ghost/src/capture/begun.js';
import { compileRedactor } from '../../packages/ghost/src/redact/index.js';

const FILE = fileURLToPath(new URL('../../packages/ghost/vectors/capture.json', import.meta.url));
const TAG_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i));

const IDS: readonly (readonly [string, string, string, string, string])[] = [
  ['acme', 'underwriter', '4.2.0', 'ses_1', 'a-17'],
  ['acme', 'underwriter', '4.2.0', 'ses_1', 'Ünïcödé 日本 \u2028 "quoted"'],
  ['a', 'b', '', '', ''],
];

const JSON_VALUES: readonly Json[] = [
  1,
  -0,
  1.5,
  1e21,
  1e-7,
  1e-6,

  0.1,
  5e-324,
  1.7976931348623157e308,
  9007199254740991,
  { '\u20ac': 1, '\ud83d\ude00': 2, '\ufb33': 3, a: [], A: {}, '': null, __proto__x: true },
  ['\u0000\u001f"\\/\u007f\u2028', '\ud83d\ude00'],
];

const ARGUMENTS: readonly Json[] = [
  [],
  [null],
  [{ b: 1, a: [true, 0.5] }],
  ['x'.repeat(600)],
  [{ password: 'p', id: 1 }],
];

/** What both SDKs have to make alike of the same decision, beside its redaction. */
function vectors(): object {
  const client = { tenant: 'acme', tagKey: TAG_KEY };
  const redactor = compileRedactor();
  return {
    about:
      'decisionIds: [tenant, agent, version, session, key] → id. linkedIds: kind, decision and key → id, as effect, override and correction have them. ' +
      'partKeys: the key of one of several decisions of a run. subjects: by tagKey. json: canonical forms. tapeKeys: a call without a declared key.',
    version: 1,
    decisionIds: IDS.map(([tenant, name, version, session, key]) => ({
      of: [tenant, name, version, session, key],
      id: keyedId({ tenant }, { name, version }, session, key),
    })),
    linkedIds: (['effect', 'override', 'correction'] as const).map((kind) => ({
      kind,
      decision: 'dec_1',
      key: 'once',
      id: `${{ effect: 'eff_', override: 'ovr_', correction: 'cor_' }[kind]}${keyedId(client, { name: kind, version: 'dec_1' }, '', 'once').slice(4)}`,
    })),
    partKeys: [
      { type: 'loan.price', given: 'app-1', key: 'loan.price/app-1' },
      { type: 'loan.price', around: 'dec_1', n: 2, key: 'dec_1/loan.price/2' },
    ],
    tagKey: TAG_KEY.toString('base64'),
    subjects: ['a', 'Ann Ärmel', ''].map((subject) => ({ subject, tag: subjectTag(client, subject, []) })),
    json: JSON_VALUES.map((value) => ({ value, text: canonicalize(value) })),
    tapeKeys: ARGUMENTS.map((args) => ({ args, key: redactor.call({ args, key: '' }).key })),
  };
}

it('what both SDKs make alike is written down as it is made', () => {
  const text = `${JSON.stringify(vectors(), null, 1)}\n`;
  if (process.env['TENET_WRITE_VECTORS'] === '1' || !existsSync(FILE)) writeFileSync(FILE, text);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(text));
});

it('a subject is tagged by HMAC-SHA-256 under the tag key', () => {
  const { subjects } = vectors() as { subjects: { subject: string; tag: string }[] };
  for (const { subject, tag } of subjects)
    expect(tag).toBe(createHmac('sha256', TAG_KEY).update(subject).digest('base64url'));
});
