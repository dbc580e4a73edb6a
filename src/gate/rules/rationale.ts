import { named, percent, plural } from '../figures.js';
import { isFlip } from '../flips.js';
import { forbiddenHits, termMatchers, type ForbiddenHit } from '../forbidden.js';
import { MAX_UNJUDGED, sampleOf, type Sample } from '../sample.js';
import { decisionsNeeded, lowerBound, upperBound } from '../stats/index.js';
import type { GateFacts, GatePolicy, RuleOutcome, RuleStatus } from '../types.js';
import type { GateRule } from './rule.js';

interface Shift {
  /** Decisions whose outcome stayed and whose reasons could be judged. */
  readonly judged: number;
  readonly shifted: readonly string[];
  readonly unstable: number;
  /** Drawn, outcome not changed, and without evidence either way. */
  readonly unjudged: number;
  readonly lower: number;
  readonly upper: number;
  readonly needed: number;
}

interface Forbidden {
  readonly decision: string;
  readonly hits: readonly ForbiddenHit[];
}

/**
 * Same outcome, other reasons. Fails when the share of shifted decisions is above the limit with confidence 1 - alpha
 * (its lower bound: at 5 % per decision some shifts are expected of an unchanged agent), or when any candidate run gives a
 * forbidden reason, once. Whether the baseline gives it as well is told, and excuses nothing. A limit of 100 % turns
 * the share off, never the forbidden reasons. Decisions that flipped are the flip rate's.
 */
export const rationale: GateRule = {
  name: 'rationale',
  about: 'the same outcomes are given for the same reasons, and for no forbidden one',
  judge(facts, policy) {
    const shift = shiftOf(sampleOf(facts), policy);
    const forbidden = forbiddenOf(facts, policy);
    const limited = policy.rationale.maxShift < 1;
    const { status, why } = decide(shift, forbidden, policy, facts.cohortSize);
    const named = new Set([...forbidden.map(({ decision }) => decision), ...(limited ? shift.shifted : [])]);
    return {
      rule: 'rationale',
      status,
      line: [...describe(shift, forbidden, policy), ...(why === null ? [] : [why])].join('; '),
      decisions: [...named],
      figures: figures(shift, forbidden, policy),
      findings: [...forbiddenFindings(forbidden), ...shiftFindings(facts, shift)],
    };
  },
};

function shiftOf(sample: Sample, { alpha, rationale: { maxShift } }: GatePolicy): Shift {
  const kept = sample.decisions.filter((decision) => !isFlip(decision));
  const of = (verdict: string): string[] =>
    kept.filter(({ drift }) => drift.verdict === verdict).map(({ drift }) => drift.decision);
  const shifted = of('rationale-shift');
  const judged = shifted.length + of('stable').length;
  return {
    judged,
    shifted,
    unstable: of('unstable-baseline').length,
    unjudged: of('insufficient-evidence').length + sample.notReplayable + sample.missing,
    lower: lowerBound(shifted.length, judged, alpha),
    upper: upperBound(shifted.length, judged, alpha),
    needed: maxShift > 0 && maxShift < 1 ? decisionsNeeded(0, maxShift, alpha) : 1,
  };
}

function forbiddenOf(facts: GateFacts, policy: GatePolicy): Forbidden[] {
  const matchers = termMatchers(policy.rationale.forbidden);
  if (matchers.length === 0) return [];
  return facts.decisions
    .map((decision) => ({ decision: decision.drift.decision, hits: forbiddenHits(decision, matchers) }))
    .filter(({ hits }) => hits.length > 0);
}

function decide(
  shift: Shift,
  forbidden: readonly Forbidden[],
  { rationale: { maxShift } }: GatePolicy,
  cohortSize: number,
): { status: RuleStatus; why: string | null } {
  if (forbidden.length > 0 || shift.lower > maxShift) return { status: 'fail', why: null };
  if (maxShift >= 1) return { status: 'pass', why: null };
  if (shift.judged < shift.needed) {
    return {
      status: 'inconclusive',
      why: `too few: ${shift.needed} judged decisions are needed for a limit of ${percent(maxShift)}`,
    };
  }
  if (shift.unjudged > MAX_UNJUDGED * cohortSize) {
    return {
      status: 'inconclusive',
      why: `the reasons of more than ${percent(MAX_UNJUDGED)} of the cohort could not be judged`,
    };
  }
  return { status: 'pass', why: null };
}

function describe(shift: Shift, forbidden: readonly Forbidden[], { rationale: policy }: GatePolicy): string[] {
  const { maxShift } = policy;
  const share = `${shift.shifted.length}/${shift.judged} with the same outcome and other reasons`;
  const lines = [
    maxShift >= 1
      ? `${share}, no limit`
      : `${share}, lower bound ${percent(shift.lower, maxShift)}, limit ${percent(maxShift)}`,
  ];
  if (policy.forbidden.length > 0) {
    const own = forbidden.filter(({ hits }) => hits.some((hit) => !hit.inBaseline)).length;
    const also = forbidden.length - own;
    const ids = [...new Set(forbidden.flatMap(({ hits }) => hits.map((hit) => hit.reason)))];
    lines.push(
      forbidden.length === 0
        ? 'no forbidden reason'
        : `forbidden reason (${ids.join(', ')}) in ${plural(forbidden.length, 'decision')}` +
            `${also > 0 ? `, ${also} of them in the baseline too` : ''}: ${named(forbidden.map(({ decision }) => decision))}`,
    );
  }
  if (shift.unstable > 0) lines.push(`${plural(shift.unstable, 'unstable baseline')} left out`);
  if (shift.unjudged > 0) lines.push(`${shift.unjudged} not judged`);
  return lines;
}

function forbiddenFindings(forbidden: readonly Forbidden[]): RuleOutcome['findings'] {
  return forbidden.flatMap(({ decision, hits }) =>
    hits.map(({ reason, term, run, step, inBaseline }) => ({
      decision,
      note: `forbidden reason ${reason}: "${term}" in candidate re-run ${run}, step ${step}${inBaseline ? '; the baseline says it too' : ''}`,
    })),
  );
}

function shiftFindings(facts: GateFacts, { shifted }: Shift): RuleOutcome['findings'] {
  const wanted = new Set(shifted);
  return facts.decisions
    .filter(({ drift }) => wanted.has(drift.decision))
    .map(({ drift }) => ({ decision: drift.decision, note: drift.because.join('; ') || 'other reasons' }));
}

function figures(
  shift: Shift,
  forbidden: readonly Forbidden[],
  { rationale, alpha }: GatePolicy,
): RuleOutcome['figures'] {
  return {
    judged: shift.judged,
    shifted: shift.shifted.length,
    lower: shift.lower,
    upper: shift.upper,
    limit: rationale.maxShift,
    alpha,
    needed: shift.needed,
    unstableBaseline: shift.unstable,
    unjudged: shift.unjudged,
    forbidden: forbidden.length,
    forbiddenInBaselineToo: forbidden.filter(({ hits }) => hits.every((hit) => hit.inBaseline)).length,
  };
}
