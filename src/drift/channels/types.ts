import type { StepSpace } from '../align/stepSpace.js';
import type { StepView } from '../text/readStep.js';
import type { ChannelName, ChannelScore, ReasoningRun } from '../types.js';
import type { Alignment } from '../align/alignSteps.js';

export interface BaselineSide {
  readonly run: ReasoningRun;
  readonly steps: readonly StepView[];
  /** Candidate (a) against this run (b). */
  readonly alignment: Alignment;
}

/** All a channel may look at: a candidate run beside the baseline runs it is held against. */
export interface Comparison {
  readonly candidate: ReasoningRun;
  readonly steps: readonly StepView[];
  readonly baseline: readonly BaselineSide[];
  readonly space: StepSpace;
}

/** One kind of difference: data and one pure function. */
export interface Channel {
  readonly name: ChannelName;
  /** Share of the drift index that a full score takes (published; judgement, non-negative). */
  readonly weight: number;
  /** Edit channels and structure are evidence for `rationale-shift`; `semantic` alone only ranks. */
  readonly evidence: 'outcome' | 'edit' | 'structure' | 'rank';
  score(comparison: Comparison): ChannelScore;
}
