import { readWaivers, standingWaivers, type GatePolicy, type WaiverLedger } from '../gate/index.js';

/** Ids of the waivers that hold for runs of this policy now: part of what a gate is asked for with. */
export async function standingWaiverIds(
  ledger: Pick<WaiverLedger, 'listDecisions' | 'readDecisions'>,
  policy: Pick<GatePolicy, 'name' | 'agent'>,
  now: Date = new Date(),
): Promise<string[]> {
  return standingWaivers(await readWaivers(ledger), policy, now).map(({ id }) => id);
}
