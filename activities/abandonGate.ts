import type { GateRow } from '../src/db/index.js';
import { inconclusiveVerdict, summarise } from '../src/gate/index.js';
import type { ActivityDeps } from './deps.js';
import { endGate } from './signVerdict.js';
import type { GateOutcome } from './types.js';

/** Nothing could be judged: that is a signed verdict too, and it blocks. */
export async function abandonGate(
  deps: ActivityDeps,
  gate: GateRow,
  code: string,
  reason: string,
): Promise<GateOutcome> {
  const verdict = inconclusiveVerdict(code, reason);
  await deps.stores.gateSeals.sealVerdict(gate.id, verdict);
  await deps.stores.gates.update(gate.id, { summary: summarise(verdict) });
  return endGate(deps, gate, verdict, null);
}
