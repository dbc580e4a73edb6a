import type { CohortDrift } from '../drift/index.js';
import type { GateVerdict, RuleStatus } from './types.js';

/** Counts and bounds of a verdict: no value, no reason, no amount, no id. What lists and rows of a database may show. */
export interface GateSummary {
  readonly status: RuleStatus;
  readonly flips: number;
  readonly shifted: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly status: RuleStatus;
    readonly decisions: number;
    readonly figures: Readonly<Record<string, number>>;
  }[];
  /** Without the directions of flips: they name outcomes. */
  readonly cohortTests?: Omit<CohortDrift, 'directions'>;
}

/** Figures that are amounts of money, not counts. */
const AMOUNTS = new Set(['cost', 'maxCost']);

export function summarise(verdict: GateVerdict): GateSummary {
  return {
    status: verdict.status,
    flips: verdict.flips.length,
    shifted: verdict.shifted.length,
    ...(verdict.cohortTests == null ? {} : { cohortTests: withoutDirections(verdict.cohortTests) }),
    rules: verdict.rules.map(({ rule, status, decisions, figures }) => ({
      rule,
      status,
      decisions: decisions.length,
      figures: Object.fromEntries(Object.entries(figures).filter(([name]) => !AMOUNTS.has(name))),
    })),
  };
}

function withoutDirections({ directions: _, ...rest }: CohortDrift): Omit<CohortDrift, 'directions'> {
  return rest;
}
