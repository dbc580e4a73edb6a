import { AppError } from '../errors/index.js';
import type { GatePolicy } from '../gate/index.js';

interface Decisions {
  listDecisions(query: {
    readonly agent: string;
    readonly type: string;
    readonly limit: number;
  }): Promise<{ readonly items: readonly { readonly agent: string }[] }>;
}

const LATEST = 200;

/** The version of the newest recorded decision of this agent that is not the candidate itself. */
export async function latestBaseline(
  ledger: Decisions,
  policy: Pick<GatePolicy, 'agent' | 'type'>,
  candidate?: string,
): Promise<string> {
  const { items } = await ledger.listDecisions({ agent: policy.agent, type: policy.type, limit: LATEST });
  const found = items.find(({ agent }) => agent !== candidate) ?? items[0];
  if (found !== undefined) return found.agent;
  throw new AppError('cohort.empty', `no ${policy.type} decision of ${policy.agent} is recorded`, {
    field: 'agent',
    expected: 'recorded decisions to re-run',
    fix: 'record decisions first: tenet demo shows how',
  });
}
