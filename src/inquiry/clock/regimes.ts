/**
 * Statutory clocks as data. Read in November 2026; `source` says how: P official text, S secondary, K general knowledge and not
 * read again. A case keeps the clock it was opened with: a later edition of this table changes no open case.
 */
export interface Regime {
  readonly id: string;
  readonly name: string;
  readonly rule: string;
  readonly clock: Clock;
  /** What day 0 is. */
  readonly starts: string;
  /** Once, with reasons given before the first date passes. */
  readonly extension: Length | null;
  readonly source: 'P' | 'S' | 'K';
  readonly note: string | null;
}

export type Length =
  { readonly unit: 'days'; readonly count: number } | { readonly unit: 'months'; readonly count: number };

/** `stated`: the letter names the date. `none`: the rule names no time; a date may be given. */
export type Clock =
  | Length
  | { readonly unit: 'business-days-before'; readonly count: number }
  | { readonly unit: 'stated' }
  | { readonly unit: 'none' };

export const REGIMES_EDITION = '2026-11-24';

const days = (count: number): Length => ({ unit: 'days', count });
const months = (count: number): Length => ({ unit: 'months', count });
const AWARE = 'the day the provider became aware';
const RECEIPT = 'the day the request was received';
const LETTER = 'the day the letter was received';
/** Chapter IX is not deferred, yet it rests on a classification that is: both facts are printed, neither is decided here. */
const APPLIES =
  'Art. 113: in force from 2 August 2026; the high-risk classification it rests on applies from 2 December 2027 (Annex III) or 2 August 2028 (Annex I).';

type Row = readonly [
  id: string,
  name: string,
  rule: string,
  clock: Clock,
  starts: string,
  source: Regime['source'],
  extension?: Length | null,
  note?: string,
];

const ROWS: readonly Row[] = [
  [
    'ai-act-73',
    'EU AI Act, serious incident',
    'Regulation (EU) 2024/1689 Art. 73(2)',
    days(15),
    AWARE,
    'P',
    null,
    `An incomplete first report is allowed (73(5)). The system is not altered before the authority is informed (73(6)). ${APPLIES}`,
  ],
  [
    'ai-act-73-widespread',
    'EU AI Act, widespread or critical infrastructure',
    'Regulation (EU) 2024/1689 Art. 73(3)',
    days(2),
    AWARE,
    'P',
  ],
  ['ai-act-73-death', 'EU AI Act, death of a person', 'Regulation (EU) 2024/1689 Art. 73(4)', days(10), AWARE, 'P'],
  [
    'ai-act-86',
    'EU AI Act, explanation of a decision',
    'Regulation (EU) 2024/1689 Art. 86',
    { unit: 'none' },
    RECEIPT,
    'P',
    null,
    `The article names no time. ${APPLIES}`,
  ],
  [
    'ai-act-21',
    'EU AI Act, reasoned request of an authority',
    'Regulation (EU) 2024/1689 Arts 21, 26(12)',
    { unit: 'stated' },
    LETTER,
    'P',
  ],
  [
    'gdpr-12-3',
    'GDPR, request of a data subject',
    'Regulation (EU) 2016/679 Art. 12(3)',
    months(1),
    RECEIPT,
    'K',
    months(2),
  ],
  [
    'reg-b-notice',
    'Reg B, notice of action taken',
    '12 CFR 1002.9(a)(1)',
    days(30),
    'the day the application was received',
    'K',
  ],
  ['reg-b-reasons', 'Reg B, statement of reasons', '12 CFR 1002.9(a)(2)', days(30), RECEIPT, 'K'],
  [
    'co-26-189',
    'Colorado SB 26-189, adverse disclosure',
    'C.R.S. 6-1-1701–1709',
    days(30),
    'the day of the adverse decision',
    'S',
    null,
    'In effect from 1 January 2027.',
  ],
  [
    'co-26-189-review',
    'Colorado SB 26-189, human review',
    'proposed 4 CCR 904-6',
    days(45),
    RECEIPT,
    'S',
    null,
    'Proposed: acknowledged within 10 days. Not adopted as far as this table knows.',
  ],
  ['hipaa-528', 'HIPAA, accounting of disclosures', '45 CFR 164.528(c)', days(60), RECEIPT, 'S', days(30)],
  [
    'll144-notice',
    'NYC LL144, notice before use',
    '6 RCNY 5-304',
    { unit: 'business-days-before', count: 10 },
    'the day the tool is used',
    'K',
  ],
  [
    'sec-17a-4',
    'SEC 17a-4, production of records',
    '17 CFR 240.17a-4(j)',
    { unit: 'none' },
    RECEIPT,
    'K',
    null,
    'The rule says: promptly.',
  ],
  [
    'naic',
    'Insurance department inquiry',
    'NAIC model bulletin, as adopted by the state',
    { unit: 'stated' },
    LETTER,
    'K',
  ],
  ['ocr', 'HHS OCR inquiry', '45 CFR 160.310', { unit: 'stated' }, LETTER, 'K'],
  ['sec', 'SEC inquiry', 'as the letter says', { unit: 'stated' }, LETTER, 'K'],
  ['letter', 'Another authority', 'as the letter says', { unit: 'stated' }, LETTER, 'K'],
];

export const REGIMES: readonly Regime[] = ROWS.map(
  ([id, name, rule, clock, starts, source, extension = null, note = null]) => ({
    id,
    name,
    rule,
    clock,
    starts,
    source,
    extension,
    note,
  }),
);

export const regimeOf = (id: string): Regime | undefined => REGIMES.find((regime) => regime.id === id);
