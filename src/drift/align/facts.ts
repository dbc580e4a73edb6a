import { numberWeight } from '../lexicon/weights.js';
import { MAX_SPAN } from '../lexicon/valueWords.js';
import type { Lexicon } from '../lexicon/types.js';
import type { StepView } from '../text/readStep.js';

/** What two steps state alike and apart: numbers, names and value words. Wording is not a fact. */
export interface FactMatch {
  /** Weight of the facts both state; a number that many steps hold counts for little. */
  readonly shared: number;
  /** Share of all facts that both state; null where neither states any. */
  readonly overlap: number | null;
  /** Set where one side states facts and the other none: numbers and names, or value words only. */
  readonly oneSided: 'fact' | 'value' | null;
}

export function matchFacts(a: StepView, b: StepView, lexicon: Lexicon): FactMatch {
  const hard = matchHard(a, b, lexicon);
  const values = matchValues(a, b, lexicon);
  const total = hard.total + values.shared + values.conflicts;
  if (total === 0) return { shared: 0, overlap: null, oneSided: null };
  const [inA, inB] = [hard.inA + values.inA, hard.inB + values.inB];
  if (inA === 0 || inB === 0) return { shared: 0, overlap: 0, oneSided: hard.total > 0 ? 'fact' : 'value' };
  return { shared: hard.shared + values.shared, overlap: (hard.sharedCount + values.shared) / total, oneSided: null };
}

interface HardMatch {
  readonly shared: number;
  readonly sharedCount: number;
  readonly total: number;
  readonly inA: number;
  readonly inB: number;
}

function matchHard(a: StepView, b: StepView, lexicon: Lexicon): HardMatch {
  const inA = factSet(a);
  const inB = factSet(b);
  let shared = 0;
  let sharedCount = 0;
  for (const fact of inA) {
    if (!inB.has(fact)) continue;
    sharedCount++;
    shared += fact.startsWith('#') ? numberWeight(lexicon, fact.slice(1)) : 1;
  }
  return { shared, sharedCount, total: inA.size + inB.size - sharedCount, inA: inA.size, inB: inB.size };
}

function factSet(step: StepView): Set<string> {
  const out = new Set(step.numbers.map((number) => `#${number.value}`));
  for (const entity of step.entities) out.add(`@${entity.value}`);
  return out;
}

/** Values that both state; where they share none, one conflict: another value of the slot, or another slot. */
function matchValues(
  a: StepView,
  b: StepView,
  lexicon: Lexicon,
): { shared: number; conflicts: number; inA: number; inB: number } {
  const inA = valuesOf(a, lexicon);
  const inB = valuesOf(b, lexicon);
  let shared = 0;
  for (const value of inA) if (inB.has(value)) shared++;
  const conflicts = shared === 0 && inA.size + inB.size > 0 ? 1 : 0;
  return { shared, conflicts, inA: inA.size, inB: inB.size };
}

/** Value phrases a step holds; a phrase inside a longer one ("rich" in "quite rich") is not counted twice. */
export function valuesOf(step: StepView, lexicon: Lexicon): ReadonlySet<string> {
  if (lexicon.values.size === 0) return NONE;
  return new Set(spans(step.words, lexicon).flatMap(({ phrase, isValue }) => (isValue ? [phrase] : [])));
}

/** The words with numbers and values masked. */
export function frameOf(step: StepView, lexicon: Lexicon): string {
  return spans(step.words, lexicon)
    .map(({ phrase, isValue }) => (isValue ? '·' : phrase.replace(/0+(?:[.,:'’]0+)*/g, '0')))
    .join(' ');
}

function spans(words: readonly string[], lexicon: Lexicon): { phrase: string; isValue: boolean }[] {
  const out: { phrase: string; isValue: boolean }[] = [];
  for (let start = 0; start < words.length;) {
    let taken = 1;
    let isValue = false;
    for (let span = Math.min(MAX_SPAN, words.length - start); span >= 1 && !isValue; span--) {
      if (!lexicon.values.has(words.slice(start, start + span).join(' '))) continue;
      isValue = true;
      taken = span;
    }
    out.push({ phrase: words.slice(start, start + taken).join(' '), isValue });
    start += taken;
  }
  return out;
}

const NONE: ReadonlySet<string> = new Set();

export function areAlternatives(a: string, b: string, lexicon: Lexicon): boolean {
  const classes = lexicon.values.get(b) ?? [];
  return (lexicon.values.get(a) ?? []).some((slot) => classes.includes(slot));
}
