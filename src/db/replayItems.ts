import { unflattenRecord, type Json, type TapeEntry } from '@tenet-ledger/record';
import { nodeSha256, type DecisionView } from '../ledger/index.js';
import { laneSeed, type ReplayItem } from '../replay/index.js';
import type { RunRow } from './runs.js';

export interface LiveCalls {
  readonly repeat: number;
  readonly calls: readonly TapeEntry[];
}

/** Why a recorded decision can't be handed out. */
export interface Unreplayable {
  readonly code: string;
  readonly message: string;
}

/** Only these fields of a record are ever looked at here: what the agent decided and why stays behind. */
const isHandedOut = (path: string): boolean =>
  path === '/context/inputs' || path.startsWith('/context/inputs/') || path === '/tape' || path.startsWith('/tape/');

/** One item of a batch, or why there is none. Same record, same run, same pool: same item. */
export function replayItem(
  view: DecisionView,
  run: RunRow,
  repeat: number,
  pool: readonly LiveCalls[],
): ReplayItem | Unreplayable {
  if (view.erased) return { code: 'replay.erased', message: 'the disclosures of this decision were erased' };
  const missing = Object.keys(view.entry.fields).find((path) => isHandedOut(path) && !view.fields.has(path));
  if (missing !== undefined) return { code: 'replay.erased', message: `${missing} was erased or withheld` };
  const fields = new Map<string, Json>();
  for (const [path, value] of view.fields) if (isHandedOut(path)) fields.set(path, value);
  const { context, tape = [] } = unflattenRecord(fields);
  if (context?.inputs === undefined) return { code: 'replay.no_input', message: 'the record holds no /context/inputs' };
  return {
    decision: view.id,
    input: context.inputs,
    tape: pooledTape(tape, pool),
    seed: laneSeed(run.manifest.runSeed, run.lane, repeat, view.id, nodeSha256),
    occurredAt: view.entry.occurred_at,
  };
}

/**
 * Recorded calls first, then live calls of control-arm runs by repeat. A key that an earlier run already answered is not
 * added again: the recorded answer, then the first repeat's, is the one that counts. `n` of the added calls starts over at 1,
 * which is how the runner tells them from the recorded prefix.
 */
function pooledTape(recorded: readonly TapeEntry[], pool: readonly LiveCalls[]): readonly TapeEntry[] {
  if (pool.length === 0) return recorded;
  const keyOf = ({ kind, name, key }: TapeEntry): string => JSON.stringify([kind, name, key]);
  const tape = [...recorded];
  const answered = new Set(recorded.map(keyOf));
  let n = 0;
  for (const { calls } of [...pool].sort((a, b) => a.repeat - b.repeat)) {
    const added = calls.filter((call) => !answered.has(keyOf(call)));
    for (const call of added) {
      n += 1;
      tape.push({ ...call, n });
    }
    for (const call of added) answered.add(keyOf(call));
  }
  return tape;
}
