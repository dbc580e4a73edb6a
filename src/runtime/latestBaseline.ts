import { AppError } from '../errors/index.js';
import { blessedBaseline, type GatePolicy, type PromotionLedger } from '../gate/index.js';

interface Decisions extends Pick<PromotionLedger, 'readDecisions'> {
  listDecisions(query: Parameters<PromotionLedger['listDecisions']>[0]): ReturnType<PromotionLedger['listDecisions']>;
  listDecisions(query: {
    readonly agent: string;
    readonly type: string;
    readonly limit: number;
  }): Promise<{ readonly items: readonly { readonly agent: string }[] }>;
}

const LATEST = 200;

/** The blessed version of this agent, or that of its newest recorded decision; never the candidate itself while there is another. */
export async function latestBaseline(
  ledger: Decisions,
  policy: Pick<GatePolicy, 'agent' | 'type'>,
  candidate?: string,
): Promise<string> {
  const blessed = await blessedBaseline(ledger, policy.agent);
  if (blessed !== null && blessed !== candidate) return blessed;
  const { items } = await ledger.listDecisions({ agent: policy.agent, type: policy.type, limit: LATEST });
  const found = items.find(({ agent }) => agent !== candidate) ?? items[0];
  if (found !== undefined) return found.agent;
  throw new AppError('cohort.empty', `no ${policy.type} decision of ${policy.agent} is recorded`, {
    field: 'agent',
    expected: 'recorded decisions to re-run',
    fix: 'record decisions first: tenet demo shows how',
  });
}
