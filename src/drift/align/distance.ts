import type { Lexicon } from '../lexicon/types.js';
import { stemWeight } from '../lexicon/weights.js';
import type { StepView } from '../text/readStep.js';

/** Vector of a masked step; undefined where the text was not embedded. */
export type VectorOf = (masked: string) => Float32Array | undefined;

export interface Distances {
  /** 0 = same words but for numbers, 1 = nothing in common. Rounded to 1e-4. */
  distance(a: StepView, b: StepView): number;
  /** Summed weight of a step's words. */
  weight(step: StepView): number;
}

/** d = 1 − (w · cosine of the vectors + (1 − w) · cosine of stem TF-IDF); each pair of masked texts is computed once. */
export function createDistances(lexicon: Lexicon, vectorOf: VectorOf, denseWeight: number): Distances {
  const known: (Map<number, number> | undefined)[] = [];
  const sparse: (SparseVector | undefined)[] = [];
  const sparseOf = (step: StepView): SparseVector => (sparse[step.maskedId] ??= toSparse(step, lexicon));
  const compute = (a: StepView, b: StepView): number => {
    const lexical = sparseCosine(sparseOf(a), sparseOf(b));
    const [u, v] = [vectorOf(a.masked), vectorOf(b.masked)];
    const dense = u === undefined || v === undefined ? lexical : dot(u, v);
    return toUnitRange(1 - (denseWeight * dense + (1 - denseWeight) * lexical));
  };
  return {
    distance(a, b) {
      if (a.maskedId === b.maskedId) return 0;
      const [x, y] = a.maskedId < b.maskedId ? [a, b] : [b, a];
      const row = (known[x.maskedId] ??= new Map<number, number>());
      let value = row.get(y.maskedId);
      if (value === undefined) {
        value = compute(x, y);
        row.set(y.maskedId, value);
      }
      return value;
    },
    weight: (step) => sparseOf(step).weight,
  };
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
  let sum = 0;
  for (const [stem, value] of small.terms) sum += value * (large.terms.get(stem) ?? 0);
  return sum / (a.norm * b.norm);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Into 0..1, at 1e-4: what differs less between machines is the same score. */
export function toUnitRange(value: number): number {
  return toFourPlaces(Math.min(1, Math.max(0, value)));
}

export function toFourPlaces(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
