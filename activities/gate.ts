import { AppError } from '../src/errors/index.js';
import type { GateRow } from '../src/db/index.js';
import { abandonGate } from './abandonGate.js';
import type { ActivityDeps } from './deps.js';
import { judgeGate } from './judgeGate.js';
import { prepareGate } from './prepareGate.js';
import { signVerdict } from './signVerdict.js';
import type { GateActivities } from './types.js';

export function createGateActivities(deps: ActivityDeps): GateActivities {
  const load = async (gateId: string): Promise<GateRow> => {
    const gate = await deps.stores.gates.get(gateId);
    if (gate === null) throw new AppError('not_found', `gate ${gateId} does not exist`, { field: 'gate' });
    return gate;
  };
  return {
    prepareGate: async (gateId) => prepareGate(deps, await load(gateId)),
    judgeGate: async (gateId) => judgeGate(deps, await load(gateId)),
    signVerdict: async (gateId) => signVerdict(deps, await load(gateId)),
    abandonGate: async (gateId, code, reason) => abandonGate(deps, await load(gateId), code, reason),
  };
}
