import type { GateRule } from './rule.js';

/** A hard stop by calls, tokens or cost leaves the gate inconclusive: the part that was seen is not the sample that was drawn. */
export const budget: GateRule = {
  name: 'budget',
  about: 'the run was not stopped by its budget',
  judge({ spent, budgetStopped }, { budget: { maxCalls, maxCost, maxTokens = null } }) {
    const { calls, cost, tokens = 0 } = spent;
    const limits = [
      `${calls} model calls${of(maxCalls)}`,
      ...(tokens > 0 || maxTokens !== null ? [`${tokens} tokens${of(maxTokens)}`] : []),
      `cost ${money(cost)}${maxCost === null ? '' : ` of ${money(maxCost)}`}`,
    ].join(', ');
    return {
      rule: 'budget',
      status: budgetStopped === null ? 'pass' : 'inconclusive',
      line: budgetStopped === null ? limits : `stopped by the budget: ${limits}`,
      decisions: [],
      figures: {
        calls,
        tokens,
        cost,
        ...(maxCalls === null ? {} : { maxCalls }),
        ...(maxTokens === null ? {} : { maxTokens }),
        ...(maxCost === null ? {} : { maxCost }),
      },
      findings: [],
    };
  },
};

const of = (limit: number | null): string => (limit === null ? '' : ` of ${limit}`);
const money = (value: number): string => String(Number(value.toFixed(4)));
