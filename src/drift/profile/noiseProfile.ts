import { canonicalize, sha256, toHex, utf8 } from '@tenet-ledger/record';
import type { StepSpace } from '../align/stepSpace.js';
import { compareReasoning } from '../compareReasoning.js';
import { SCORER_VERSION } from '../constants.js';
import { TEXT_CHANNELS, type DecisionRuns, type NoiseProfile, type ReasoningRun, type TextChannel } from '../types.js';
import { quantile } from './conformal.js';
import { supportRuns } from './draw.js';

/** Comparisons of identical re-runs from which "this agent does not vary" follows: 59 without a difference put it below 5 %. */
const EXACT_COMPARISONS = 59;
const FLOOR_QUANTILE = 0.95;
/** Semantic floor without a profile: the 95 % quantile of paraphrases. */
export const DEFAULT_SEMANTIC_FLOOR = 0.32;

export interface NoiseProfileOptions {
  readonly agent: string;
  readonly type: string;
  readonly space: StepSpace;
  /** Draws the run that is left out; recorded so that the profile can be computed again. */
  readonly seed: string;
  /** Level of the per-decision verdict; sets how many decisions calibration needs. Default 0.05. */
  readonly alpha?: number;
  /** Awaited every 50 decisions: a place to give up a turn of the event loop. */
  readonly pause?: (done: number) => unknown;
}

const PAUSE_EVERY = 50;

/** A p-value floors at 1/(n+1) and is multiplied by the channels: below this many decisions none could pass alpha. */
export function decisionsNeeded(alpha: number): number {
  return Math.ceil(TEXT_CHANNELS.length / alpha);
}

/**
 * The noise floor of one agent version from its control arm: one run of each decision, drawn by the seed, is scored against the
 * others of that decision. The unit is the decision; pairs of runs within one are not independent.
 */
export async function fitNoiseProfile(
  control: readonly Pick<DecisionRuns, 'decision' | 'baseline'>[],
  options: NoiseProfileOptions,
): Promise<NoiseProfile> {
  const { space, seed, alpha = 0.05, pause } = options;
  const repeats = usualRepeats(control.map((entry) => entry.baseline.length));
  const whole = control.filter((entry) => entry.baseline.length === repeats && repeats >= 2);
  const scores = Object.fromEntries(TEXT_CHANNELS.map((channel) => [channel, [] as number[]])) as Record<
    TextChannel,
    number[]
  >;
  for (const [at, { decision, baseline }] of whole.entries()) {
    if (at % PAUSE_EVERY === 0) await pause?.(at);
    const drawn = supportRuns(seed, decision, baseline);
    if (drawn === null) continue;
    const delta = compareReasoning(drawn.support, drawn.left, space);
    for (const { channel, value } of delta.channels) if (channel !== 'outcome') scores[channel].push(value);
  }
  for (const channel of TEXT_CHANNELS) scores[channel].sort((a, b) => a - b);
  const pairs = pairShares(whole.map((entry) => entry.baseline));
  const exact = pairs.differentText === 0 && whole.length * (repeats - 1) >= EXACT_COMPARISONS;
  const enough = whole.length >= decisionsNeeded(alpha);
  return {
    v: 1,
    agent: options.agent,
    type: options.type,
    embedderId: space.embedderId,
    scorerVersion: SCORER_VERSION,
    seed,
    alpha,
    decisions: whole.length,
    repeats,
    mode: exact ? 'exact' : enough ? 'calibrated' : 'uncalibrated',
    scores,
    semanticFloor: enough && !exact ? quantile(scores.semantic, FLOOR_QUANTILE) : DEFAULT_SEMANTIC_FLOOR,
    ...pairs,
    idfDigest: space.lexicon.digest,
  };
}

/** SHA-256 of the canonical JSON: what the ledger binds. */
export function profileDigest(profile: NoiseProfile): string {
  return toHex(sha256(utf8(canonicalize(profile))));
}

/** The number of runs most decisions have; decisions with fewer (a refused re-run) do not calibrate. */
function usualRepeats(counts: readonly number[]): number {
  const seen = new Map<number, number>();
  for (const count of counts) seen.set(count, (seen.get(count) ?? 0) + 1);
  return [...seen.entries()].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

function pairShares(decisions: readonly (readonly ReasoningRun[])[]): {
  differentText: number;
  differentOutcome: number;
} {
  let pairs = 0;
  let text = 0;
  let outcome = 0;
  for (const runs of decisions) {
    runs.forEach((a, i) => {
      for (const b of runs.slice(i + 1)) {
        pairs++;
        if (a.steps.join('\n') !== b.steps.join('\n')) text++;
        if (a.outcome !== b.outcome) outcome++;
      }
    });
  }
  return { differentText: pairs === 0 ? 0 : text / pairs, differentOutcome: pairs === 0 ? 0 : outcome / pairs };
}
