import { percent, plural } from '../figures.js';
import { countFlips, isFlip, type FlipCount } from '../flips.js';
import { MAX_UNJUDGED, sampleOf, type Sample } from '../sample.js';
import { bettingUpperBound, decisionsNeeded, lowerBound, upperBound } from '../stats/index.js';
import type { GatePolicy, RuleOutcome, RuleStatus } from '../types.js';
import type { GateRule } from './rule.js';

interface Bounds {
  /** Share of judged decisions, exact. */
  readonly lower: number;
  readonly upper: number;
  /** With every decision that could not be judged counted as a flip. */
  readonly worst: number;
  /** The same by betting on the excess; null where the control arm agrees with itself. */
  readonly noise: number | null;
  readonly unjudged: number;
  /** Judged decisions with which no flip at all would prove the margin. */
  readonly needed: number;
}

/**
 * Does the candidate flip less often than the margin, proven at level 1 - alpha?
 *
 * pass: the upper bound lies below the margin, with every decision that could not be judged counted as a flip.
 * fail: the evidence contradicts it. Either the lower bound is above the margin, or there were enough decisions that zero
 *   flips would have proven it, and the upper bound still reaches the margin.
 * inconclusive: too few judged decisions for zero flips to prove it; or more than a tenth could not be judged and the
 *   rest is in order; or only the control arm's own noise keeps the bound above the margin.
 */
export const flipRate: GateRule = {
  name: 'flipRate',
  about: 'the candidate decides otherwise in fewer than the allowed share of decisions',
  judge(facts, policy) {
    const sample = sampleOf(facts);
    const count = countFlips(sample.decisions);
    const bounds = boundsOf(sample, count, policy);
    const { status, why } = decide(sample, count, bounds, policy);
    const flipped = sample.decisions.filter(isFlip);
    return {
      rule: 'flipRate',
      status,
      line: [...describe(sample, count, bounds, policy), ...(why === null ? [] : [why])].join('; '),
      decisions: flipped.map(({ drift }) => drift.decision),
      figures: figures(sample, count, bounds, policy),
      findings: flipped.map(({ drift, baselineAnswers }) => ({
        decision: drift.decision,
        note: [
          `${drift.baselineOutcome ?? 'tied'} → ${drift.candidateOutcome ?? 'tied'}`,
          ...(drift.actionsChanged ? ['proposed actions changed'] : []),
          ...(new Set(baselineAnswers).size > 1 ? ['the control arm does not agree with itself'] : []),
        ].join('; '),
      })),
    };
  },
};

function boundsOf(sample: Sample, count: FlipCount, { alpha, maxFlipRate }: GatePolicy): Bounds {
  const unjudged = sample.size - count.judged;
  const worstValues = [...count.excess, ...Array.from({ length: unjudged }, () => 1)];
  return {
    lower: lowerBound(count.counted, count.judged, alpha),
    upper: upperBound(count.counted, count.judged, alpha),
    worst: upperBound(count.counted + unjudged, sample.size, alpha),
    noise: count.unstable === 0 ? null : Math.max(0, bettingUpperBound(worstValues, alpha)),
    unjudged,
    needed: maxFlipRate < 1 ? decisionsNeeded(0, maxFlipRate, alpha) : 1,
  };
}

function decide(
  sample: Sample,
  { judged }: FlipCount,
  { lower, upper, worst, noise, unjudged, needed }: Bounds,
  { maxFlipRate: margin }: GatePolicy,
): { status: RuleStatus; why: string | null } {
  if (lower > margin) return { status: 'fail', why: null };
  if (judged < needed) {
    return {
      status: 'inconclusive',
      why: `too few: ${needed} judged decisions are needed for a margin of ${percent(margin)}`,
    };
  }
  if (upper >= margin) return { status: 'fail', why: null };
  if (unjudged > MAX_UNJUDGED * sample.size) {
    return { status: 'inconclusive', why: `more than ${percent(MAX_UNJUDGED)} of the cohort could not be judged` };
  }
  if (worst >= margin) return { status: 'fail', why: null };
  if (noise !== null && noise >= margin) {
    return {
      status: 'inconclusive',
      why: "the baseline's own noise is too wide: more decisions or control re-runs are needed",
    };
  }
  return { status: 'pass', why: null };
}

function describe(sample: Sample, count: FlipCount, bounds: Bounds, { maxFlipRate: margin }: GatePolicy): string[] {
  const lines: string[] = [];
  if (count.unstable === 0) {
    lines.push(`observed ${count.flips}/${count.judged} flips, upper bound ${percent(bounds.upper, margin)}`);
  } else {
    lines.push(
      `observed ${count.flips}/${count.judged} flips, the control arm alone ${short(count.own)}, ` +
        `excess ${count.counted}, upper bound ${percent(bounds.upper, margin)}`,
    );
  }
  if (bounds.unjudged > 0) {
    const worst = `${count.counted + bounds.unjudged}/${sample.size}`;
    lines.push(`worst case with ${bounds.unjudged} not judged ${worst}, upper bound ${percent(bounds.worst, margin)}`);
  }
  if (bounds.noise !== null) {
    lines.push(`allowing for ${plural(count.unstable, 'unstable baseline')} ${percent(bounds.noise, margin)}`);
  }
  lines.push(`margin ${percent(margin)}`);
  return lines;
}

const short = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

function figures(sample: Sample, count: FlipCount, bounds: Bounds, policy: GatePolicy): RuleOutcome['figures'] {
  return {
    cohort: sample.size,
    judged: count.judged,
    flips: count.flips,
    counted: count.counted,
    ownFlips: count.own,
    unstableBaseline: count.unstable,
    tied: count.tied,
    notReplayable: sample.notReplayable,
    missing: sample.missing,
    unjudged: bounds.unjudged,
    lower: bounds.lower,
    upper: bounds.upper,
    upperWorst: bounds.worst,
    ...(bounds.noise === null ? {} : { upperNoise: bounds.noise }),
    margin: policy.maxFlipRate,
    alpha: policy.alpha,
    needed: bounds.needed,
  };
}
