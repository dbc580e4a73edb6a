import type { DecisionRuns, ReasoningRun } from '../drift/index.js';

/** How much the baseline version differs from itself: over all pairs of control-arm re-runs of one decision. */
export interface ControlStatistics {
  readonly decisions: number;
  readonly pairs: number;
  /** Pairs whose reasoning is not the same list of steps, character for character. */
  readonly differentText: number;
  readonly differentOutcome: number;
  /** Pairs that proposed another set of actions. */
  readonly differentActions: number;
  /** Decisions whose re-runs do not all come to one outcome and one set of actions. */
  readonly unstableDecisions: number;
}

export function controlStatistics(decisions: readonly Pick<DecisionRuns, 'baseline'>[]): ControlStatistics {
  const total = { pairs: 0, differentText: 0, differentOutcome: 0, differentActions: 0, unstableDecisions: 0 };
  for (const { baseline } of decisions) {
    let unstable = false;
    baseline.forEach((a, i) => {
      for (const b of baseline.slice(i + 1)) {
        const outcome = a.outcome !== b.outcome;
        const actions = !sameList(a.actions, b.actions);
        total.pairs += 1;
        total.differentText += sameList(a.steps, b.steps) ? 0 : 1;
        total.differentOutcome += outcome ? 1 : 0;
        total.differentActions += actions ? 1 : 0;
        unstable ||= outcome || actions;
      }
    });
    total.unstableDecisions += unstable ? 1 : 0;
  }
  return { decisions: decisions.length, ...total };
}

/** The most frequent value, or null for none and for a tie: a tie is no answer. */
export function modal(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: string | null = null;
  let most = 0;
  for (const [value, count] of counts) {
    if (count > most) [best, most] = [value, count];
    else if (count === most) best = null;
  }
  return best;
}

/**
 * Decisions whose control arm does not come to the recorded outcome: the harness, not the candidate, is in question. A
 * tie is the agent's own noise and is left out. A decision whose recorded outcome is not known (withheld or erased)
 * cannot be shown to match, and counts.
 */
export function harnessMismatches(
  decisions: readonly Pick<DecisionRuns, 'decision' | 'baseline'>[],
  recorded: ReadonlyMap<string, string>,
): string[] {
  return decisions
    .filter(({ decision, baseline }) => {
      const outcome = modal(baseline.map((run: ReasoningRun) => run.outcome));
      return outcome !== null && outcome !== recorded.get(decision);
    })
    .map(({ decision }) => decision);
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
