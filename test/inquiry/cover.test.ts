import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverDocument } from '../../src/inquiry/cover/coverDocument.js';
import { MAX_FIRST_PAGE_WORDS, textsOf, wordsOf } from '../../src/inquiry/cover/document.js';
import type { CoverFacts } from '../../src/inquiry/cover/facts.js';
import { renderPdf } from '../../src/inquiry/cover/pdf.js';

const run = (over: Partial<CoverFacts['runs'][number]> = {}): CoverFacts['runs'][number] => ({
  run: 'run_1',
  agent: 'underwriter@1.0.0',
  label: 'served from tape',
  status: 'done',
  note: null,
  rows: 30,
  same: 29,
  other: 1,
  unusable: 0,
  ...over,
});

const facts = (over: Partial<CoverFacts> = {}): CoverFacts => ({
  v: 1,
  inquiry: 'inq_ABCDEFGHJKMNPQRSTVWXYZ2345',
  version: 1,
  supplements: null,
  intake: {
    authority: 'Data Protection Authority',
    contact: null,
    reference: 'DPA/2026/17',
    legalBasis: null,
    receivedOn: '2026-11-24',
    questions: ['Why was the application refused?'],
  },
  clock: { rule: 'Regulation (EU) 2016/679 Art. 12(3)', dueOn: '2026-12-24', late: false, extended: false },
  log: 'localhost/acme',
  scope: { sentence: 'decisions by underwriter', digest: 'a'.repeat(64) },
  packagedAt: '2026-11-25T10:00:00.000Z',
  counts: { decisions: 30, linked: 0, erased: 0, withheld: 30, queued: 0 },
  tree: { origin: 'localhost/acme/1', size: 100, leaves: 100, decisions: 90, kinds: { decision: 90, key: 10 } },
  producers: [{ producer: 'prd_1', verdict: 'open', reasons: ['no closing entry'] }],
  answers: {
    integrity: { verdict: 'HOLDS', detail: 'all as signed' },
    authenticity: { verdict: 'SIGNED', detail: '100 signatures' },
    independence: { verdict: 'SELF-ATTESTED', detail: 'the operator alone' },
    completeness: { verdict: 'ALL IN THE LOG', detail: '30 of 90 fit' },
  },
  runs: [run(), run({ label: 'today’s model', same: 20, other: 10 })],
  approvals: [{ name: 'Ben', by: 'https://id#ben', role: 'officer', at: '2026-11-25T09:00:00.000Z', entry: 'apr_1' }],
  rulings: [{ path: '/context', ground: 'third-party', reason: 'an employer', fields: 30 }],
  lineage: { recorded: 10, withheld: 0, erased: 0, notRecorded: 20 },
  custody: [],
  holds: [],
  notShown: ['What was decided by code that was never wrapped for recording is in no log.'],
  ...over,
});

const pageText = (of: CoverFacts, page: number): string => textsOf(coverDocument(of).pages[page]!).join('\n');

describe('page one', () => {
  test('says what was asked, found, not shown, who vouches, and where the policy does not come from', () => {
    const text = pageText(facts(), 0);
    for (const heading of [
      'What was asked',
      'What was found',
      'What is not shown',
      'Who vouches',
      'Check it without us',
    ])
      expect(text).toContain(heading);
    expect(text).toContain('“Why was the application refused?”');
    expect(text).toContain('The log contains 30 decisions that fit.');
    expect(text).toContain('Run again (served from tape): 29 of 30 came to the same outcome.');
    expect(text).toContain('Run again (today’s model): 20 of 30 came to the same outcome.');
    expect(text).toMatch(/SHA-256 fingerprint .* never from this package/);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
  });

  test('has at most 300 words, whatever a case holds', () => {
    const long = fc.array(fc.lorem({ maxCount: 80 }), { maxLength: 12 });
    const made = fc.record({ questions: long, notShown: long, text: fc.lorem({ maxCount: 120 }) });
    fc.assert(
      fc.property(made, ({ questions, notShown, text }) => {
        const one = facts({
          intake: { ...facts().intake, questions, authority: text, reference: text },
          notShown,
          scope: { sentence: text, digest: 'a'.repeat(64) },
          runs: [run(), run(), run(), run()],
          approvals: Array.from({ length: 3 }, () => ({ ...facts().approvals[0]!, name: text })),
          answers: { ...facts().answers, independence: { verdict: 'WITNESSED', detail: text } },
        });
        expect(wordsOf(coverDocument(one).pages[0]!)).toBeLessThanOrEqual(MAX_FIRST_PAGE_WORDS);
      }),
      { numRuns: 60 },
    );
  });

  test('tells a version that was not run from one that came to another outcome, and not captured from none', () => {
    const text = pageText(facts({ runs: [run({ rows: 0, same: 0, status: 'not replayable' })] }), 0);
    expect(text).not.toContain('Run again');
    expect(pageText(facts(), 1)).toContain(
      'recorded for 10 decisions (lineage.json), withheld for 0, erased for 0, not captured for 20',
    );
  });
});

describe('the cover', () => {
  test('claims nothing that is not the operator’s to claim', () => {
    const all = coverDocument(facts()).pages.flatMap(textsOf).join('\n');
    expect(all).not.toMatch(/\b(comply|complies|compliant|proves|proven|satisf\w+|certified|PASS|passed)\b/i);
  });

  test('is a PDF/A-3b with its data attached, the same bytes for the same facts', async () => {
    const { resolve } = createRequire(import.meta.url);
    const font = (weight: string): Buffer =>
      readFileSync(resolve(`@expo-google-fonts/source-sans-3/${weight}/SourceSans3_${weight}.ttf`));
    const make = (): Promise<Uint8Array> =>
      renderPdf(coverDocument(facts()), {
        fonts: { regular: font('400Regular'), bold: font('600SemiBold') },
        at: new Date('2026-11-25T10:00:00.000Z'),
        author: 'operator',
        attachment: { name: 'cover.json', json: JSON.stringify(facts()) },
      });
    const [first, second] = [Buffer.from(await make()), Buffer.from(await make())];
    expect(first.equals(second)).toBe(true);
    const text = first.toString('latin1');
    expect(text).toContain('<pdfaid:part>3</pdfaid:part>');
    expect(text).toContain('/AFRelationship /Data');
    expect(text).toMatch(/\/FontFile2/);
  });
});
