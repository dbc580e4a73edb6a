import { flattenRecord, type Entry, type Json } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decisionLines, decisionTable } from '../../src/cli/render/decision.js';
import { decisionDetail, decisionSummary } from '../../src/cli/views/decision.js';
import type { DecisionView, StoredEntry } from '../../src/ledger/index.js';
import { exampleRecord } from '../record/support.js';
import { plain } from './views.js';

const entryOf = (paths: Iterable<string>, more: Partial<Entry> = {}): Entry => ({
  v: 1,
  log: 'ledger.example/acme',
  kind: 'decision',
  type: 'loan.approve',
  id: 'dec_A',
  agent: 'underwriter@4.2.0',
  links: [],
  producer: { id: 'p-1', kid: 'k_1', seq: 12 },
  occurred_at: '2026-01-02T03:04:05.678Z',
  fields: Object.fromEntries([...paths].map((path) => [path, 'digest'])),
  ...more,
});

const record = {
  ...exampleRecord,
  alternatives: [
    { action: 'approve', score: 0.22 },
    { action: 'refer', score: 0.37, reason: '2 points away' },
  ],
  decision: {
    ...exampleRecord.decision,
    rules: [
      { id: 'R-07 term', fired: false },
      { id: 'R-12 score', fired: true, detail: 'score 41' },
    ],
  },
  provenance: {
    ...exampleRecord.provenance,
    model: 'gpt-4.1-mini',
    lineage: { run: '8c1f', asset: 'loans/decisions' },
  },
  grade: { grade: 'B' as const, reasons: ['tool snapshot missing'] },
};

const view = (without: readonly string[] = []): DecisionView => {
  const fields = new Map<string, Json>(flattenRecord(record).map(({ path, value }) => [path, value]));
  const entry = entryOf(fields.keys());
  for (const path of without) fields.delete(path);
  return { id: 'dec_A', idx: 48_112, entry, fields, erased: false };
};

const head = { size: 51_200, root: new Uint8Array(32).fill(0x9f), note: '' };
const override: StoredEntry = {
  id: 'ent_O',
  idx: 48_200,
  leaf: '',
  entry: entryOf([], { kind: 'override', type: 'loan.override', id: 'ent_O', agent: 'clerk@1' }),
};

describe('decision show', () => {
  test('says what, why, what else, on which ground, and where it stands in the log', () => {
    expect(decisionLines(decisionDetail(view(), [override], head), plain())).toEqual([
      'dec_A  2026-01-02T03:04:05.678Z',
      'loan.approve → DENY   agent underwriter@4.2.0   score 0.81   replayable B',
      'Goal          decide on a loan',
      'Why           1  income is below three times the instalment',
      '              2  two late payments',
      'Rules         R-12 score fired (score 41) · R-07 term did not fire',
      'Alternatives  refer 0.37 (2 points away) · approve 0.22',
      'Inputs        income 4200 · term 36 · applicant A-77',
      'Grade         B  tool snapshot missing',
      'Lineage       session s-1 · run 8c1f · asset loans/decisions · model gpt-4.1-mini · ghost 0.1.0',
      'Oversight     override loan.override by clerk@1 2026-01-02T03:04:05.678Z  ent_O',
      'Tape          1 call: bureau (read) 2 ms',
      'Ledger        leaf 48,112 · under checkpoint 51,200 (root 9f9f…9f) · key k_1 · p-1 #12',
    ]);
  });

  test('a value that is not stored is withheld, not absent', () => {
    const lines = decisionLines(decisionDetail(view(['/reasoning/0', '/decision/outcome']), [], null), plain());
    expect(lines[1]).toMatch(/^loan\.approve → WITHHELD /);
    expect(lines).toContain('Why           1  WITHHELD');
    expect(lines).toContain('Oversight     none recorded');
    expect(lines).toContain('Ledger        leaf 48,112 · no checkpoint covers it yet · key k_1 · p-1 #12');
    expect(lines.at(-1)).toBe('Withheld      2 fields: /decision/outcome /reasoning/0');
  });

  test('an erased decision keeps its place and says so', () => {
    const erased = { ...view(), fields: new Map<string, Json>(), erased: true };
    const lines = decisionLines(decisionDetail(erased, [], head), plain());
    expect(lines[1]).toBe('loan.approve → ERASED   agent underwriter@4.2.0');
    expect(lines).toContain('Why           erased: the key of this person was destroyed; the proofs still hold');
  });

  test('whatever a producer put into its fields, the screen shows it and stays a screen', () => {
    const paths = [...view().fields.keys()];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...paths), fc.jsonValue()),
        fc.string({ unit: 'binary' }),
        (values, text) => {
          const fields = new Map<string, Json>([
            ...(Object.entries(values) as [string, Json][]),
            ['/reasoning/1', text],
          ]);
          const shown = decisionLines(decisionDetail({ ...view(), fields }, [override], head), plain(80));
          expect(shown.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        },
      ),
    );
  });
});

describe('decision list', () => {
  test('shows the outcome of each, and tells erased from queued', () => {
    const rows = [
      decisionSummary(view()),
      { ...decisionSummary({ ...view(), fields: new Map(), erased: true }), id: 'dec_B' },
      { ...decisionSummary({ ...view(), idx: null }), id: 'dec_C' },
    ];
    expect(decisionTable(rows)).toEqual([
      'DECISION  OUTCOME  GRADE  TYPE          AGENT              OCCURRED                    LEAF',
      'dec_A     deny     B      loan.approve  underwriter@4.2.0  2026-01-02T03:04:05.678Z  48,112',
      'dec_B     ERASED   –      loan.approve  underwriter@4.2.0  2026-01-02T03:04:05.678Z  48,112',
      'dec_C     deny     B      loan.approve  underwriter@4.2.0  2026-01-02T03:04:05.678Z  queued',
    ]);
  });
});
