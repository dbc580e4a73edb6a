import { canonicalize, sha256, toHex, utf8 } from '@tenet-ledger/record';
import type { StepReader } from '../text/readStep.js';
import type { ReasoningRun } from '../types.js';
import type { Lexicon } from './types.js';
import { findValueWords } from './valueWords.js';

/** Counts words over the re-runs of one agent version; `decisions` holds the runs of each decision. */
export function fitLexicon(decisions: readonly (readonly ReasoningRun[])[], read: StepReader): Lexicon {
  const frequency = new Map<string, number>();
  const numberFrequency = new Map<string, number>();
  const sentences = new Map<string, readonly string[]>();
  let documents = 0;
  for (const runs of decisions) {
    for (const run of runs) {
      for (const text of run.steps) {
        const step = read(text);
        documents++;
        for (const stem of new Set(step.stems)) add(frequency, stem);
        for (const value of new Set(step.numbers.map((number) => number.value))) add(numberFrequency, value);
        if (!sentences.has(step.masked)) sentences.set(step.masked, step.words);
      }
    }
  }
  const values = findValueWords({
    sentences: [...sentences.values()],
    decisions: decisions
      .filter((runs) => runs.length > 1)
      .map((runs) => runs.map((run) => run.steps.map((text) => read(text).words))),
  });
  return freeze(documents, frequency, numberFrequency, values);
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function freeze(
  documents: number,
  frequency: Map<string, number>,
  numberFrequency: Map<string, number>,
  values: Map<string, number[]>,
): Lexicon {
  const digest = toHex(
    sha256(
      utf8(
        canonicalize({
          documents,
          frequency: Object.fromEntries(frequency),
          numbers: Object.fromEntries(numberFrequency),
          values: Object.fromEntries(values),
        }),
      ),
    ),
  );
  return { documents, frequency, numberFrequency, values, digest };
}
