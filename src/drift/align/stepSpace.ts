import { DENSE, type ScorerConstants } from '../constants.js';
import type { Lexicon } from '../lexicon/types.js';
import { stemWeight } from '../lexicon/weights.js';
import type { StepReader, StepView } from '../text/readStep.js';
import { toFourPlaces, type Distances } from './distance.js';
import type { FactMatch, Facts } from './facts.js';
import { NO_REASONS, type ReasonBook } from './reasons.js';

/** Distances between the steps of one agent, and what pairing two of them costs. */
export interface StepSpace extends Distances, Pick<Facts, 'values' | 'frame'> {
  readonly read: StepReader;
  readonly lexicon: Lexicon;
  readonly embedderId: string;
  /** A pair that costs as much or more is not made. */
  readonly gap: number;
  /** Other ways in which the agent says the same, and whether it gave both steps as two reasons: from its re-runs. */
  wordings(step: StepView): readonly StepView[];
  different(a: StepView, b: StepView): boolean;
  /** What pairing candidate step `a` with baseline step `b` costs: their distance, facts and rivals considered. */
  cost(a: StepView, b: StepView): number;
  stemWeight(stem: string): number;
}

export interface StepSpaceParts {
  readonly read: StepReader;
  readonly lexicon: Lexicon;
  readonly embedderId: string;
  readonly distances: Distances;
  /** Frames are numbered by it: reasons learned in one space hold in another of the same facts. */
  readonly facts: Facts;
  readonly reasons?: ReasonBook;
  readonly constants?: ScorerConstants;
}

/** More than any gap: two reasons are not paired whatever facts they share. */
const NEVER = 9;

export function createStepSpace(parts: StepSpaceParts): StepSpace {
  const { distances, facts, reasons = NO_REASONS, constants = DENSE } = parts;
  const frame = (step: StepView): number => facts.frame(step);
  const nearest = (a: StepView, others: readonly StepView[]): number => {
    let least = Infinity;
    for (const other of others) least = Math.min(least, frame(a) === frame(other) ? 0 : distances.distance(a, other));
    return least;
  };
  const cost = (a: StepView, b: StepView): number => {
    if (a.id === b.id) return 0;
    const [f, g] = [frame(a), frame(b)];
    if (reasons.different(f, g)) return NEVER;
    const found = facts.match(a, b);
    const own = Math.min(nearest(a, [b]), nearest(a, reasons.wordings(g)));
    const plain = own + factTerm(found, constants);
    // The contrast takes at most `contrast` off: beyond that the pair is not made anyway, and rivals need no look.
    if (own === 0 || plain - constants.contrast >= constants.gap) return toFourPlaces(plain);
    const contrast = contrastTerm(own, nearest(a, reasons.rivals(g)), constants);
    return toFourPlaces(plain + (found.overlap === 1 ? Math.min(0, contrast) : contrast));
  };
  return {
    read: parts.read,
    lexicon: parts.lexicon,
    embedderId: parts.embedderId,
    gap: constants.gap,
    distance: (a, b) => distances.distance(a, b),
    weight: (step) => distances.weight(step),
    values: (step) => facts.values(step),
    frame,
    wordings: (step) => reasons.wordings(frame(step)),
    different: (a, b) => reasons.different(frame(a), frame(b)),
    cost,
    stemWeight: (stem) => stemWeight(parts.lexicon, stem),
  };
}

/** Below 0 where a step is nearer to this reason than to any other the agent gives, above where it is not. */
function contrastTerm(own: number, rival: number, { contrast, contrastScale }: ScorerConstants): number {
  if (rival === Infinity) return 0;
  return -contrast * Math.max(-1, Math.min(1, (rival - own) / contrastScale));
}

function factTerm({ overlap, shared, oneSided }: FactMatch, constants: ScorerConstants): number {
  if (overlap === null) return 0;
  if (oneSided !== null) return oneSided === 'value' ? constants.oneSidedValues : constants.oneSidedFacts;
  return constants.differentFacts * (1 - overlap) - constants.sharedFacts * overlap * Math.min(1, shared);
}
