import { stemWeight } from '../lexicon/weights.js';
import type { Lexicon } from '../lexicon/types.js';
import type { StepReader, StepView } from '../text/readStep.js';
import { frameOf, matchFacts } from './facts.js';
import { NO_REASONS, type ReasonBook } from './reasons.js';
import { DENSE, type ScorerConstants } from '../constants.js';

/** Vector of a masked step; undefined where the text was not embedded. */
export type VectorOf = (masked: string) => Float32Array | undefined;

/** Distances between steps of one agent, each pair computed once. */
export interface StepSpace {
  readonly read: StepReader;
  readonly lexicon: Lexicon;
  readonly embedderId: string;
  /** A pair that costs as much or more is not made. */
  readonly gap: number;
  /** 0 = same words but for numbers, 1 = nothing in common. Rounded to 1e-4. */
  distance(a: StepView, b: StepView): number;
  /** The sentence with numbers and values masked: equal for two uses of one template. */
  frame(step: StepView): string;
  /** Other ways in which the agent says the same, and whether it gave both steps as two reasons: from its re-runs. */
  wordings(step: StepView): readonly StepView[];
  different(a: StepView, b: StepView): boolean;
  /** What pairing the two costs: the distance, lowered by facts both state and raised by facts that differ. */
  cost(a: StepView, b: StepView): number;
  stemWeight(stem: string): number;
  /** Summed weight of a step's words. */
  weight(step: StepView): number;
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
  const { read, lexicon, vectorOf, reasons = NO_REASONS } = options;
  const constants = options.constants ?? DENSE;
  const distances = new Map<string, Map<string, number>>();
  const sparse = new Map<string, SparseVector>();
  const sparseOf = (step: StepView): SparseVector => {
    let vector = sparse.get(step.masked);
    if (vector === undefined) sparse.set(step.masked, (vector = toSparse(step, lexicon)));
    return vector;
  };
  const compute = (a: StepView, b: StepView): number => {
    const lexical = sparseCosine(sparseOf(a), sparseOf(b));
    const [u, v] = [vectorOf(a.masked), vectorOf(b.masked)];
    const dense = u === undefined || v === undefined ? lexical : cosine(u, v);
    return round(1 - (constants.denseWeight * dense + (1 - constants.denseWeight) * lexical));
  };
  const distance = (a: StepView, b: StepView): number => {
    if (a.masked === b.masked) return 0;
    const [x, y] = a.masked < b.masked ? [a, b] : [b, a];
    const row = distances.get(x.masked) ?? new Map<string, number>();
    if (row.size === 0) distances.set(x.masked, row);
    const known = row.get(y.masked);
    if (known !== undefined) return known;
    const value = compute(x, y);
    row.set(y.masked, value);
    return value;
  };
  const frames = new Map<string, string>();
  const frame = (step: StepView): string => {
    let value = frames.get(step.masked);
    if (value === undefined) frames.set(step.masked, (value = frameOf(step, lexicon)));
    return value;
  };
  /** The nearest way of saying what b says; 1 where the agent gave both as two reasons. */
  const support = (a: StepView, b: StepView): number => {
    const [f, g] = [frame(a), frame(b)];
    if (f === g) return 0;
    if (reasons.different(f, g)) return NEVER;
    let least = distance(a, b);
    for (const other of reasons.wordings(g)) least = Math.min(least, f === frame(other) ? 0 : distance(a, other));
    return least;
  };
  /** The support, lowered where a is nearer to b's reason than to any other the agent gives, and raised where it is not. */
  const contrasted = (a: StepView, b: StepView): number => {
    const own = support(a, b);
    if (own === 0 || own === NEVER) return own;
    let rival = Infinity;
    for (const other of reasons.rivals(frame(b))) rival = Math.min(rival, distance(a, other));
    if (rival === Infinity) return own;
    const margin = Math.max(-1, Math.min(1, (rival - own) / constants.contrastScale));
    return own - constants.contrast * margin;
  };
  return {
    read,
    lexicon,
    embedderId: options.embedderId,
    gap: constants.gap,
    distance,
    frame,
    wordings: (step) => reasons.wordings(frame(step)),
    different: (a, b) => reasons.different(frame(a), frame(b)),
    cost: (a, b) => (a.text === b.text ? 0 : toFourPlaces(contrasted(a, b) + factTerm(a, b, lexicon, constants))),
    stemWeight: (stem) => stemWeight(lexicon, stem),
    weight: (step) => sparseOf(step).weight,
  };
}

function factTerm(a: StepView, b: StepView, lexicon: Lexicon, constants: ScorerConstants): number {
  const { overlap, shared, oneSided } = matchFacts(a, b, lexicon);
  if (overlap === null) return 0;
  if (oneSided !== null) return oneSided === 'value' ? constants.oneSidedValues : constants.oneSidedFacts;
  return constants.differentFacts * (1 - overlap) - constants.sharedFacts * overlap * Math.min(1, shared);
}

interface SparseVector {
  readonly terms: ReadonlyMap<string, number>;
  readonly norm: number;
  readonly weight: number;
}

function toSparse(step: StepView, lexicon: Lexicon): SparseVector {
  const terms = new Map<string, number>();
  let weight = 0;
  for (const stem of step.stems) {
    const idf = stemWeight(lexicon, stem);
    weight += idf;
    terms.set(stem, (terms.get(stem) ?? 0) + idf);
  }
  let squares = 0;
  for (const value of terms.values()) squares += value * value;
  return { terms, norm: Math.sqrt(squares), weight };
}

function sparseCosine(a: SparseVector, b: SparseVector): number {
  if (a.norm === 0 || b.norm === 0) return 0;
  const [small, large] = a.terms.size <= b.terms.size ? [a, b] : [b, a];
  let dot = 0;
  for (const [stem, value] of small.terms) dot += value * (large.terms.get(stem) ?? 0);
  return dot / (a.norm * b.norm);
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += (a[i] as number) * (b[i] as number);
  return dot;
}

/** Into 0..1, at 1e-4: what differs less between machines is the same score. */
export function round(value: number): number {
  return toFourPlaces(Math.min(1, Math.max(0, value)));
}

function toFourPlaces(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
