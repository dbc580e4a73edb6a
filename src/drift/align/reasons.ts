import type { StepView } from '../text/readStep.js';

/**
 * What an agent's own re-runs teach about its reasons: which of its sentences say the same, and which say different things. Sentences
 * are known by their frame (numbers and values masked).
 */
export interface ReasonBook {
  /** Other ways in which the agent gives the reason of this frame. */
  wordings(frame: number): readonly StepView[];
  /** Whether two frames are two reasons: runs gave both at once. */
  different(a: number, b: number): boolean;
  /** One step for each frame that is known to be another reason than this one; the most frequent ones. */
  rivals(frame: number): readonly StepView[];
}

const NONE: readonly StepView[] = [];

export const NO_REASONS: ReasonBook = { wordings: () => NONE, different: () => false, rivals: () => NONE };
