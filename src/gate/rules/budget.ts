import type { GateRule } from './rule.js';

/** A hard stop by calls or cost leaves the gate inconclusive: the part that was seen is not the sample that was drawn. */
export const budget: GateRule = {
  name: 'budget',
  about: 'the run was not stopped by its budget',
  judge({ spent, budgetStopped }, { budget: { maxCalls, maxCost } }) {
    const limits = [
      `${spent.calls} model calls${maxCalls === null ? '' : ` of ${maxCalls}`}`,
      `cost ${money(spent.cost)}${maxCost === null ? '' : ` of ${money(maxCost)}`}`,
    ].join(', ');
    return {
      rule: 'budget',
      status: budgetStopped === null ? 'pass' : 'inconclusive',
      line: budgetStopped === null ? limits : `stopped by the budget: ${limits}`,
      decisions: [],
      figures: {
        calls: spent.calls,
        cost: spent.cost,
        ...(maxCalls === null ? {} : { maxCalls }),
        ...(maxCost === null ? {} : { maxCost }),
      },
      findings: [],
    };
  },
};

const money = (value: number): string => String(Number(value.toFixed(4)));
