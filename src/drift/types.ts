/** One run of a decision as the scorer sees it: the outcome, the ordered reasoning steps, the proposed actions. */
export interface ReasoningRun {
  readonly outcome: string;
  readonly steps: readonly string[];
  /** Canonical strings "name key"; compared as a set. */
  readonly actions: readonly string[];
}

export interface Embedder {
  /** Names model, weights digest and settings. Scores of different ids are never compared. */
  readonly id: string;
  readonly dims: number;
  /** `lexical` knows words only: the scorer then relies on facts where it would rely on meaning. */
  readonly kind: 'dense' | 'lexical';
  /** Unit vectors, one per text, in order. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
}

export type ChannelName = 'outcome' | 'semantic' | 'structure' | 'negation' | 'number' | 'entity';
export const TEXT_CHANNELS = [
  'semantic',
  'structure',
  'negation',
  'number',
  'entity',
] as const satisfies readonly ChannelName[];
export type TextChannel = (typeof TEXT_CHANNELS)[number];

/** What a channel saw: 0 = none, monotone, at most 1; `evidence` points at step pairs. */
export interface ChannelScore {
  readonly channel: ChannelName;
  readonly value: number;
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  /** Index into the candidate's steps, or null where a baseline step was dropped. */
  readonly candidateStep: number | null;
  readonly baselineStep: { readonly run: number; readonly step: number } | null;
  /** Short, for people: "number 36 → 48". */
  readonly note: string;
}

export interface StepPair {
  readonly candidate: number | null;
  readonly baseline: { readonly run: number; readonly step: number } | null;
  readonly distance: number | null;
}

export interface ReasoningDelta {
  readonly channels: readonly ChannelScore[];
  readonly pairs: readonly StepPair[];
}

/** The K control-arm runs of one decision, and the candidate's M runs. */
export interface DecisionRuns {
  readonly decision: string;
  readonly baseline: readonly ReasoningRun[];
  readonly candidate: readonly ReasoningRun[];
}

export interface NoiseProfile {
  readonly v: 1;
  readonly agent: string;
  readonly type: string;
  readonly embedderId: string;
  readonly scorerVersion: string;
  /** Draws the run left out of each decision; candidates are scored with the same draw. */
  readonly seed: string;
  /** Level of the per-decision verdict. */
  readonly alpha: number;
  readonly decisions: number;
  readonly repeats: number;
  /** `exact`: identical re-runs, any non-zero channel is a change. */
  readonly mode: 'exact' | 'calibrated' | 'uncalibrated';
  /** Per text channel, the ascending calibration scores, one a decision. */
  readonly scores: Readonly<Record<TextChannel, readonly number[]>>;
  readonly semanticFloor: number;
  /** Share of control-arm pairs with different text / different outcome. */
  readonly differentText: number;
  readonly differentOutcome: number;
  /** Frozen document frequencies of the lexical side. */
  readonly idfDigest: string;
}

export type DecisionVerdict =
  'stable' | 'rationale-shift' | 'conclusion-shift' | 'full-shift' | 'unstable-baseline' | 'insufficient-evidence';

/** Size and evidence are two numbers: `driftIndex` sorts, `pValue` decides. */
export interface DecisionDrift {
  readonly decision: string;
  readonly verdict: DecisionVerdict;
  readonly flip: boolean;
  readonly baselineOutcome: string | null;
  readonly candidateOutcome: string | null;
  readonly actionsChanged: boolean;
  readonly driftIndex: number;
  /** min over the text channels times their number; null where the profile is exact or uncalibrated. */
  readonly pValue: number | null;
  /** Conformal p of each text channel, before the correction for their number. */
  readonly pValues: Readonly<Record<TextChannel, number>> | null;
  readonly channels: readonly ChannelScore[];
  readonly because: readonly string[];
  /** Index of the candidate run that `channels` and `pairs` speak of. */
  readonly candidateRun: number;
  /** `baseline.run` is an index into the decision's baseline runs. */
  readonly pairs: readonly StepPair[];
}
