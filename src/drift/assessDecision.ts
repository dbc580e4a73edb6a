import { AppError } from '../errors/index.js';
import type { StepSpace } from './align/stepSpace.js';
import { CHANNELS } from './channels/index.js';
import { compareOutcomes, type Outcomes } from './compareOutcomes.js';
import { compareReasoning } from './compareReasoning.js';
import { SCORER_VERSION } from './constants.js';
import { driftIndex } from './driftIndex.js';
import { bonferroni, conformalP, majority, mergeRepeats } from './profile/conformal.js';
import { supportRuns } from './profile/draw.js';
import {
  TEXT_CHANNELS,
  type ChannelScore,
  type DecisionDrift,
  type DecisionRuns,
  type DecisionVerdict,
  type NoiseProfile,
  type ReasoningDelta,
  type ReasoningRun,
  type TextChannel,
} from './types.js';

/**
 * One decision: did it flip, and did its reasons change beyond what the agent's own re-runs change. The verdict follows from
 * evidence (`pValues`), never from `driftIndex`. A decision too few of whose runs exist is `insufficient-evidence`.
 */
export function assessDecision(runs: DecisionRuns, profile: NoiseProfile, space: StepSpace): DecisionDrift {
  assertComparable(profile, space);
  const outcomes = compareOutcomes(runs);
  const deltas = textDeltas(runs, profile, space);
  const shown = representative(deltas, profile);
  const baselineOf = runIndex(runs, profile);
  const pValues = deltas !== null && canJudge(profile, deltas.length) ? channelPValues(deltas, profile) : null;
  const channels = withOutcome(
    (shown?.delta.channels ?? []).map((channel) => reindexed(channel, baselineOf)),
    outcomes,
  );
  return {
    decision: runs.decision,
    verdict: verdictOf(outcomes, deltas, pValues, profile),
    flip: outcomes.flip,
    baselineOutcome: outcomes.baseline,
    candidateOutcome: outcomes.candidate,
    actionsChanged: outcomes.actionsChanged,
    driftIndex: driftIndex(channels, profile.semanticFloor),
    pValue: pValues === null ? null : bonferroni(Object.values(pValues), TEXT_CHANNELS.length),
    pValues,
    channels,
    because: reasonsOf(channels, pValues, profile),
    candidateRun: shown?.run ?? 0,
    pairs: (shown?.delta.pairs ?? []).map((pair) => ({ ...pair, baseline: placed(pair.baseline, baselineOf) })),
  };
}

type Place = { readonly run: number; readonly step: number } | null;

/** From a run's place among the supporting ones to its place among all runs of the decision. */
function runIndex(runs: DecisionRuns, profile: NoiseProfile): (run: number) => number {
  const support = supporting(runs, profile);
  return (run) => {
    const found = support[run];
    return found === undefined ? run : runs.baseline.indexOf(found);
  };
}

const placed = (place: Place, baselineOf: (run: number) => number): Place =>
  place === null ? null : { run: baselineOf(place.run), step: place.step };

const reindexed = (channel: ChannelScore, baselineOf: (run: number) => number): ChannelScore => ({
  ...channel,
  evidence: channel.evidence.map((item) => ({ ...item, baselineStep: placed(item.baselineStep, baselineOf) })),
});

/** Scores of another embedder, scorer or lexicon are on another scale. */
function assertComparable(profile: NoiseProfile, space: StepSpace): void {
  const expected = `${profile.embedderId} · ${profile.scorerVersion} · ${profile.idfDigest}`;
  const got = `${space.embedderId} · ${SCORER_VERSION} · ${space.lexicon.digest}`;
  if (expected === got) return;
  throw new AppError('input.invalid', 'the noise profile was fitted with another scorer or embedder', {
    field: '/profile',
    expected,
    got,
    fix: 'Fit the noise profile again with the control arm of this run.',
  });
}

/** Every candidate run against K−1 of the K baseline runs; null when fewer than that are there. */
function textDeltas(runs: DecisionRuns, profile: NoiseProfile, space: StepSpace): ReasoningDelta[] | null {
  const needed = profile.repeats - 1;
  if (needed < 1 || runs.baseline.length < needed || runs.candidate.length === 0) return null;
  const support = supporting(runs, profile);
  return runs.candidate.map((run) => compareReasoning(support, run, space));
}

function supporting(runs: DecisionRuns, profile: NoiseProfile): readonly ReasoningRun[] {
  if (runs.baseline.length <= profile.repeats - 1) return runs.baseline;
  return supportRuns(profile.seed, runs.decision, runs.baseline.slice(0, profile.repeats))?.support ?? [];
}

function channelPValues(deltas: readonly ReasoningDelta[], profile: NoiseProfile): Record<TextChannel, number> {
  const entries = TEXT_CHANNELS.map((channel) => {
    const each = deltas.map((delta) => conformalP(profile.scores[channel], valueOf(delta.channels, channel)));
    return [channel, mergeRepeats(each)] as const;
  });
  return Object.fromEntries(entries) as Record<TextChannel, number>;
}

function verdictOf(
  outcomes: Outcomes,
  deltas: readonly ReasoningDelta[] | null,
  pValues: Record<TextChannel, number> | null,
  profile: NoiseProfile,
): DecisionVerdict {
  if (deltas !== null && !outcomes.stable) return 'unstable-baseline';
  if (deltas === null || (pValues === null && profile.mode !== 'exact')) return 'insufficient-evidence';
  const shifted = evidenceChannels().some((channel) =>
    pValues === null
      ? deltas.every((delta) => valueOf(delta.channels, channel) > 0)
      : Math.min(1, pValues[channel] * TEXT_CHANNELS.length) <= profile.alpha,
  );
  if (outcomes.flip) return shifted ? 'full-shift' : 'conclusion-shift';
  return shifted ? 'rationale-shift' : 'stable';
}

/** Whether the smallest p-value there can be passes alpha; several candidate runs need more profile decisions than one. */
function canJudge(profile: NoiseProfile, candidateRuns: number): boolean {
  const least = (majority(candidateRuns).factor * TEXT_CHANNELS.length) / (profile.decisions + 1);
  return profile.mode === 'calibrated' && least <= profile.alpha;
}

/** New wording has a small semantic p too; only an edit or a reason dropped or added is a shift. */
function evidenceChannels(): TextChannel[] {
  return TEXT_CHANNELS.filter((name) => {
    const evidence = CHANNELS.find((channel) => channel.name === name)?.evidence;
    return evidence === 'edit' || evidence === 'structure';
  });
}

/** With several candidate runs the middle one by size is shown. */
function representative(
  deltas: readonly ReasoningDelta[] | null,
  profile: NoiseProfile,
): { readonly delta: ReasoningDelta; readonly run: number } | null {
  if (deltas === null) return null;
  const ranked = deltas
    .map((delta, run) => ({ delta, run, size: driftIndex(delta.channels, profile.semanticFloor) }))
    .sort((a, b) => a.size - b.size);
  return ranked[(ranked.length - 1) >> 1] ?? null;
}

function withOutcome(channels: readonly ChannelScore[], outcomes: Outcomes): ChannelScore[] {
  const notes: string[] = [];
  if (outcomes.flip && outcomes.baseline !== outcomes.candidate) {
    notes.push(`outcome ${outcomes.baseline ?? 'tied'} → ${outcomes.candidate ?? 'tied'}`);
  }
  if (outcomes.actionsChanged) notes.push('proposed actions changed');
  const score: ChannelScore = {
    channel: 'outcome',
    value: outcomes.flip ? 1 : 0,
    evidence: notes.map((note) => ({ candidateStep: null, baselineStep: null, note })),
  };
  return [score, ...channels.filter((entry) => entry.channel !== 'outcome')];
}

/** Short lines for people, most telling channel first. */
function reasonsOf(
  channels: readonly ChannelScore[],
  pValues: Record<TextChannel, number> | null,
  profile: NoiseProfile,
): string[] {
  const told = channels.filter((entry) => {
    if (entry.value === 0) return false;
    if (entry.channel === 'outcome') return true;
    if (entry.channel === 'semantic' || pValues === null)
      return profile.mode === 'exact' && entry.channel !== 'semantic';
    return pValues[entry.channel] * TEXT_CHANNELS.length <= profile.alpha;
  });
  return told.flatMap((entry) =>
    entry.evidence.map(({ note, candidateStep, baselineStep }) => {
      if (candidateStep !== null) return `${note} in step ${candidateStep + 1}`;
      return baselineStep === null ? note : `${note}: baseline step ${baselineStep.step + 1}`;
    }),
  );
}

function valueOf(channels: readonly ChannelScore[], name: TextChannel): number {
  return channels.find((entry) => entry.channel === name)?.value ?? 0;
}
