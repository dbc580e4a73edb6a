import type { DecisionRecord } from '@tenet-ledger/record';
import type { Draft, RecordDraft } from './delivery.js';

type Part = 'tape' | 'input' | 'reasons';

/** What a record that is too large can do without, in this order: the decision itself is not lost. */
const LEFT_OUT: readonly (readonly [Part, (record: DecisionRecord) => DecisionRecord])[] = [
  ['tape', (record) => ({ ...record, tape: [] })],
  ['input', (record) => ({ ...record, context: { inputs: null } })],
  ['reasons', (record) => ({ ...record, reasoning: [], alternatives: [] })],
];

const ABOUT: Readonly<Record<Part, { readonly grade: 'C' | 'D'; readonly left: string; readonly it: string }>> = {
  tape: { grade: 'C', left: 'the tape was', it: 'it' },
  input: { grade: 'D', left: 'the input was', it: 'it' },
  reasons: { grade: 'D', left: 'reasoning and alternatives were', it: 'them' },
};

/** Ever lighter forms of the same draft, each saying what it has no more. What is no decision has none. */
export function* lighter(draft: Draft): Generator<RecordDraft> {
  if (!('record' in draft)) return;
  let { record } = draft;
  for (const [part, leaveOut] of LEFT_OUT) {
    if (part === 'tape' && record.tape.length === 0) continue;
    const { grade: worst, left, it } = ABOUT[part];
    const { grade, reasons } = record.grade;
    const why = `${left} left out: the record was too large with ${it}`;
    record = {
      ...leaveOut(record),
      grade: { grade: grade === 'D' ? 'D' : worst, reasons: [why, ...reasons] },
    };
    // Members that were to have a digest of their own went with the input.
    const { splitInputs: _, ...rest } = draft;
    yield part === 'tape' ? { ...draft, record } : { ...rest, record };
  }
}
