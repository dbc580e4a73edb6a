import type { GateRow } from '../src/db/index.js';
import { inconclusiveVerdict, summarise, type GateVerdict } from '../src/gate/index.js';
import type { ActivityDeps } from './deps.js';
import { endGate, verdictId } from './signVerdict.js';
import type { GateOutcome, GateRunSummary } from './types.js';

/**
 * Nothing could be judged: that is a signed verdict too, and it blocks. A verdict that is in the ledger already stands: then
 * only the end of the gate was missing, and no second word is put beside the first.
 */
export async function abandonGate(
  deps: ActivityDeps,
  gate: GateRow,
  code: string,
  reason: string,
): Promise<GateOutcome> {
  const { stores, platform } = deps;
  const [signed] = await platform.ledger.readEntries([verdictId(gate.id)]);
  const kept = signed === undefined ? null : ((await stores.gateSeals.openVerdict(gate.id)) as GateVerdict | null);
  if (kept !== null) return endGate(deps, gate, kept, gate.summary as GateRunSummary | null);
  const verdict = inconclusiveVerdict(code, reason);
  await stores.gateSeals.sealVerdict(gate.id, verdict);
  await stores.gates.update(gate.id, { summary: summarise(verdict) });
  return endGate(deps, gate, verdict, null);
}
