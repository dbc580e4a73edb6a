import type { StepSpace } from '../align/stepSpace.js';
import { compareOutcomes } from '../compareOutcomes.js';
import { compareReasoning } from '../compareReasoning.js';
import { actionSet } from '../profile/modal.js';
import type { DecisionRuns, ReasoningRun } from '../types.js';
import { assignments, excess } from './assignments.js';
import { byteDraws } from './byteDraws.js';
import { holm } from './holm.js';
import { directions, type Direction } from './mcnemar.js';
import { bootstrapInterval, permutationTest, type DecisionTable } from './permutation.js';

export const COHORT_STATISTICS = ['semantic', 'semantic+edit', 'flips'] as const;
export type CohortStatistic = (typeof COHORT_STATISTICS)[number];

export interface CohortOptions {
  readonly space: StepSpace;
  /** Draws permutations and resamples; in the report, so that others get the same p. */
  readonly seed: string;
  /** Level of the claim and of the intervals. Default 0.05. */
  readonly alpha?: number;
  /** Default 9,999. */
  readonly permutations?: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Awaited every 50 decisions. */
  readonly pause?: (done: number, total: number) => unknown;
}

export interface CohortTest {
  readonly statistic: CohortStatistic;
  /** Mean over decisions of d(candidate, baseline) − d(baseline, baseline′): 0 is expected where nothing changed. */
  readonly excess: number;
  readonly interval: readonly [number, number] | null;
  readonly p: number;
  /** After Holm over the statistics. */
  readonly pAdjusted: number;
}

export interface CohortDrift {
  readonly v: 1;
  readonly seed: string;
  readonly alpha: number;
  readonly permutations: number;
  /** Decisions with two baseline runs and a candidate run or more; the others are `skipped`. */
  readonly decisions: number;
  readonly skipped: number;
  readonly tests: readonly CohortTest[];
  readonly directions: readonly Direction[];
  /** `no-evidence` is not "no drift": it says that this cohort did not show one. */
  readonly verdict: 'shift' | 'no-evidence' | 'insufficient-evidence';
}

/** Below it the verdict is that there are too few decisions, whatever the p-values. */
export const COHORT_MINIMUM = 30;
const PAUSE_EVERY = 50;

/**
 * The claim about a cohort (section 5.7): does the candidate differ from the baseline more than the baseline differs from
 * itself. Three statistics, each by a paired permutation test, Holm over the three; McNemar for the direction of flips.
 */
export async function assessCohort(decisions: readonly DecisionRuns[], options: CohortOptions): Promise<CohortDrift> {
  const { space, seed, alpha = 0.05, permutations = 9_999, resamples = 2_000, pause } = options;
  const usable = decisions.filter(({ baseline, candidate }) => baseline.length >= 2 && candidate.length >= 1);
  const tables: Record<CohortStatistic, DecisionTable[]> = { semantic: [], 'semantic+edit': [], flips: [] };
  for (const [at, decision] of usable.entries()) {
    if (at % PAUSE_EVERY === 0) await pause?.(at, usable.length);
    const own = tablesOf(decision, space);
    for (const statistic of COHORT_STATISTICS) tables[statistic].push(own[statistic]);
  }
  const tested = COHORT_STATISTICS.map((statistic) => ({
    statistic,
    ...permutationTest(tables[statistic], permutations, byteDraws(seed, `permute ${statistic}`)),
    interval: bootstrapInterval(
      tables[statistic].map((table) => table[0] ?? 0),
      { resamples, alpha, draws: byteDraws(seed, `resample ${statistic}`) },
    ),
  }));
  const adjusted = holm(tested.map(({ p }) => p));
  const tests = tested.map(({ statistic, mean, interval, p }, i) => ({
    statistic,
    excess: mean,
    interval,
    p,
    pAdjusted: adjusted[i] ?? 1,
  }));
  const enough = usable.length >= COHORT_MINIMUM;
  const shift = tests.some(({ pAdjusted }) => pAdjusted <= alpha);
  return {
    v: 1,
    seed,
    alpha,
    permutations,
    decisions: usable.length,
    skipped: decisions.length - usable.length,
    tests,
    directions: directions(usable.flatMap(flipOf)),
    verdict: !enough ? 'insufficient-evidence' : shift ? 'shift' : 'no-evidence',
  };
}

function flipOf(runs: DecisionRuns): { from: string; to: string }[] {
  const { baseline, candidate } = compareOutcomes(runs);
  return baseline === null || candidate === null || baseline === candidate ? [] : [{ from: baseline, to: candidate }];
}

/**
 * Each pair of texts is compared once in either direction and the mean taken: a distance has no direction here. Re-runs are often
 * the same to the letter, and what was compared is not compared again.
 */
function tablesOf({ baseline, candidate }: DecisionRuns, space: StepSpace): Record<CohortStatistic, DecisionTable> {
  const runs = [...baseline, ...candidate];
  const texts = runs.map(({ steps }) => JSON.stringify(steps));
  const known = new Map<string, TextDistance>();
  const textDistance = (i: number, j: number, a: ReasoningRun, b: ReasoningRun): TextDistance => {
    const [first = '', second = ''] = [texts[i], texts[j]].sort();
    if (first === second) return SAME_TEXT;
    const key = `${first}\n${second}`;
    const found = known.get(key) ?? textDistanceOf(a, b, space);
    known.set(key, found);
    return found;
  };
  const pairs = new Map<number, Record<CohortStatistic, number>>();
  runs.forEach((a, i) => {
    runs.forEach((b, j) => {
      if (j > i) pairs.set(i * runs.length + j, { ...textDistance(i, j, a, b), flips: flipBetween(a, b) });
    });
  });
  const ways = assignments(runs.length, candidate.length);
  const table = (statistic: CohortStatistic): DecisionTable => {
    const distance = (a: number, b: number): number =>
      pairs.get(Math.min(a, b) * runs.length + Math.max(a, b))?.[statistic] ?? 0;
    return Float64Array.from(ways, (chosen) => excess(chosen, runs.length, distance));
  };
  return { semantic: table('semantic'), 'semantic+edit': table('semantic+edit'), flips: table('flips') };
}

type TextDistance = Readonly<Record<Exclude<CohortStatistic, 'flips'>, number>>;
const SAME_TEXT: TextDistance = { semantic: 0, 'semantic+edit': 0 };

function textDistanceOf(a: ReasoningRun, b: ReasoningRun, space: StepSpace): TextDistance {
  let semantic = 0;
  let edit = 0;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const { channel, value } of compareReasoning([from], to, space).channels) {
      if (channel === 'semantic') semantic += value / 2;
      else if (channel !== 'outcome') edit += value / 2;
    }
  }
  return { semantic, 'semantic+edit': semantic + edit };
}

const flipBetween = (a: ReasoningRun, b: ReasoningRun): number =>
  a.outcome !== b.outcome || actionSet(a.actions) !== actionSet(b.actions) ? 1 : 0;
