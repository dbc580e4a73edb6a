import { DENSE, type ScorerConstants } from '../constants.js';
import type { Lexicon } from '../lexicon/types.js';
import { stemWeight } from '../lexicon/weights.js';
import type { StepReader, StepView } from '../text/readStep.js';
import { createDistances, toFourPlaces, type Distances, type VectorOf } from './distance.js';
import { frameOf, matchFacts } from './facts.js';
import { NO_REASONS, type ReasonBook } from './reasons.js';

/** Distances between the steps of one agent, and what pairing two of them costs. */
export interface StepSpace extends Distances {
  readonly read: StepReader;
  readonly lexicon: Lexicon;
  readonly embedderId: string;
  /** A pair that costs as much or more is not made. */
  readonly gap: number;
  /** The sentence with numbers and values masked: equal for two uses of one template. */
  frame(step: StepView): string;
  /** Other ways in which the agent says the same, and whether it gave both steps as two reasons: from its re-runs. */
  wordings(step: StepView): readonly StepView[];
  different(a: StepView, b: StepView): boolean;
  /** What pairing candidate step `a` with baseline step `b` costs: their distance, facts and rivals considered. */
  cost(a: StepView, b: StepView): number;
  stemWeight(stem: string): number;
}

export interface StepSpaceOptions {
  readonly read: StepReader;
  readonly lexicon: Lexicon;
  readonly embedderId: string;
  readonly vectorOf: VectorOf;
  readonly reasons?: ReasonBook;
  readonly constants?: ScorerConstants;
}

/** More than any gap: two reasons are not paired whatever facts they share. */
const NEVER = 9;

export function createStepSpace(options: StepSpaceOptions): StepSpace {
  const { read, lexicon, embedderId, vectorOf, reasons = NO_REASONS, constants = DENSE } = options;
  const distances = createDistances(lexicon, vectorOf, constants.denseWeight);
  const frames = new Map<string, string>();
  const frame = (step: StepView): string => {
    let value = frames.get(step.masked);
    if (value === undefined) frames.set(step.masked, (value = frameOf(step, lexicon)));
    return value;
  };
  const nearest = (a: StepView, others: readonly StepView[]): number =>
    others.reduce(
      (least, other) => Math.min(least, frame(a) === frame(other) ? 0 : distances.distance(a, other)),
      Infinity,
    );
  const cost = (a: StepView, b: StepView): number => {
    if (a.text === b.text) return 0;
    const [f, g] = [frame(a), frame(b)];
    if (reasons.different(f, g)) return NEVER;
    const facts = factTerm(a, b, lexicon, constants);
    const own = nearest(a, [b, ...reasons.wordings(g)]);
    const contrast = own === 0 ? 0 : contrastTerm(own, nearest(a, reasons.rivals(g)), constants);
    return toFourPlaces(own + facts.term + (facts.allShared ? Math.min(0, contrast) : contrast));
  };
  return {
    ...distances,
    read,
    lexicon,
    embedderId,
    gap: constants.gap,
    frame,
    wordings: (step) => reasons.wordings(frame(step)),
    different: (a, b) => reasons.different(frame(a), frame(b)),
    cost,
    stemWeight: (stem) => stemWeight(lexicon, stem),
  };
}

/** Below 0 where a step is nearer to this reason than to any other the agent gives, above where it is not. */
function contrastTerm(own: number, rival: number, { contrast, contrastScale }: ScorerConstants): number {
  if (rival === Infinity) return 0;
  return -contrast * Math.max(-1, Math.min(1, (rival - own) / contrastScale));
}

function factTerm(
  a: StepView,
  b: StepView,
  lexicon: Lexicon,
  constants: ScorerConstants,
): { readonly term: number; readonly allShared: boolean } {
  const { overlap, shared, oneSided } = matchFacts(a, b, lexicon);
  if (overlap === null) return { term: 0, allShared: false };
  if (oneSided !== null) {
    return { term: oneSided === 'value' ? constants.oneSidedValues : constants.oneSidedFacts, allShared: false };
  }
  const lowered = constants.sharedFacts * overlap * Math.min(1, shared);
  return { term: constants.differentFacts * (1 - overlap) - lowered, allShared: overlap === 1 };
}
