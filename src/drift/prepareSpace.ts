import { createDistances } from './align/distance.js';
import { createFacts } from './align/facts.js';
import { readReasons } from './align/reasonBook.js';
import { createStepSpace, type StepSpace } from './align/stepSpace.js';
import { DENSE, LEXICAL, type ScorerConstants } from './constants.js';
import { fitLexicon } from './lexicon/fitLexicon.js';
import { createStepReader } from './text/readStep.js';
import type { Embedder, ReasoningRun } from './types.js';

export interface SpaceOptions {
  readonly embedder: Embedder;
  readonly signal?: AbortSignal;
  /** Called now and then while texts are embedded: a place for a heartbeat. */
  readonly onProgress?: (done: number, total: number) => void;
  /** For benches and tests; the defaults belong to the scorer's version. */
  readonly constants?: ScorerConstants;
}

export interface PreparedSpace {
  readonly space: StepSpace;
  /** Steps over all runs, and distinct texts once their numbers are masked: what was embedded. */
  readonly steps: number;
  readonly texts: number;
}

/**
 * Everything that is computed once for a control arm and the runs held against it: words counted and reasons learned from the control
 * arm alone, and one vector for each distinct masked step of all runs.
 */
export async function prepareSpace(
  control: readonly (readonly ReasoningRun[])[],
  others: readonly ReasoningRun[],
  options: SpaceOptions,
): Promise<PreparedSpace> {
  const { embedder } = options;
  const read = createStepReader();
  const lexicon = fitLexicon(control, read);
  const all = [...control.flat(), ...others].flatMap((run) => run.steps);
  const texts = [...new Set(all.map((text) => read(text).masked))].filter((text) => text.trim() !== '');
  const vectors = embedder.kind === 'dense' ? await embedTexts(texts, options) : new Map<string, Float32Array>();
  const constants = options.constants ?? (embedder.kind === 'dense' ? DENSE : LEXICAL);
  const parts = {
    read,
    lexicon,
    embedderId: embedder.id,
    distances: createDistances(lexicon, (masked) => vectors.get(masked), constants.denseWeight),
    facts: createFacts(lexicon),
    constants,
  };
  const reasons = readReasons(control, createStepSpace(parts));
  return { space: createStepSpace({ ...parts, reasons }), steps: all.length, texts: texts.length };
}

/** Texts embedded between two calls of `onProgress`. */
const CHUNK = 512;

async function embedTexts(texts: readonly string[], options: SpaceOptions): Promise<Map<string, Float32Array>> {
  const { embedder, signal, onProgress } = options;
  const vectors = new Map<string, Float32Array>();
  for (let at = 0; at < texts.length; at += CHUNK) {
    const chunk = texts.slice(at, at + CHUNK);
    const embedded = await embedder.embed(chunk, signal === undefined ? {} : { signal });
    chunk.forEach((text, i) => {
      const vector = embedded[i];
      if (vector !== undefined) vectors.set(text, vector);
    });
    onProgress?.(vectors.size, texts.length);
  }
  return vectors;
}
