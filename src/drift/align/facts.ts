import type { Lexicon } from '../lexicon/types.js';
import { MAX_SPAN } from '../lexicon/valueWords.js';
import { numberWeight } from '../lexicon/weights.js';
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

export interface Facts {
  /** Value phrases a step holds; a phrase inside a longer one ("rich" in "quite rich") is not counted twice. */
  values(step: StepView): ReadonlySet<string>;
  /** Number of the sentence with numbers and values masked: equal for two uses of one template. */
  frame(step: StepView): number;
  match(a: StepView, b: StepView): FactMatch;
}

/** Reads the facts of each step once. */
export function createFacts(lexicon: Lexicon): Facts {
  const spansOf = memo(
    (step: StepView) => spans(step.words, lexicon),
    (step) => step.maskedId,
  );
  const hard = memo(hardFacts, (step) => step.id);
  const values = memo(
    (step: StepView): ReadonlySet<string> =>
      new Set(spansOf(step).flatMap(({ phrase, isValue }) => (isValue ? [phrase] : []))),
    (step) => step.maskedId,
  );
  const numbers = new Map<string, number>();
  const frame = memo(
    (step: StepView) => {
      const text = spansOf(step)
        .map(({ phrase, isValue }) => (isValue ? '·' : phrase.replace(/0+(?:[.,:'’]0+)*/g, '0')))
        .join(' ');
      const known = numbers.get(text) ?? numbers.size;
      numbers.set(text, known);
      return known;
    },
    (step) => step.maskedId,
  );
  return {
    values,
    frame,
    match: (a, b) => combine(matchHard(hard(a), hard(b), lexicon), matchValues(values(a), values(b))),
  };
}

function memo<T>(compute: (step: StepView) => T, key: (step: StepView) => number): (step: StepView) => T {
  const kept: (T | undefined)[] = [];
  return (step) => (kept[key(step)] ??= compute(step));
}

interface Match {
  readonly shared: number;
  readonly sharedCount: number;
  readonly total: number;
  readonly inA: number;
  readonly inB: number;
}

const NOTHING: FactMatch = { shared: 0, overlap: null, oneSided: null };

function combine(hard: Match, values: Match): FactMatch {
  const total = hard.total + values.total;
  if (total === 0) return NOTHING;
  if (hard.inA + values.inA === 0 || hard.inB + values.inB === 0) {
    return { shared: 0, overlap: 0, oneSided: hard.total > 0 ? 'fact' : 'value' };
  }
  return {
    shared: hard.shared + values.shared,
    overlap: (hard.sharedCount + values.sharedCount) / total,
    oneSided: null,
  };
}

function matchHard(inA: ReadonlySet<string>, inB: ReadonlySet<string>, lexicon: Lexicon): Match {
  let shared = 0;
  let sharedCount = 0;
  for (const fact of inA) {
    if (!inB.has(fact)) continue;
    sharedCount++;
    shared += fact.startsWith('#') ? numberWeight(lexicon, fact.slice(1)) : 1;
  }
  return { shared, sharedCount, total: inA.size + inB.size - sharedCount, inA: inA.size, inB: inB.size };
}

function hardFacts(step: StepView): ReadonlySet<string> {
  return new Set([
    ...step.numbers.map((number) => `#${number.value}`),
    ...step.entities.map((entity) => `@${entity.value}`),
  ]);
}

/** Values that both state; where they share none, one conflict: another value of the slot, or another slot. */
function matchValues(inA: ReadonlySet<string>, inB: ReadonlySet<string>): Match {
  let shared = 0;
  for (const value of inA) if (inB.has(value)) shared++;
  const conflicts = shared === 0 && inA.size + inB.size > 0 ? 1 : 0;
  return { shared, sharedCount: shared, total: shared + conflicts, inA: inA.size, inB: inB.size };
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

export function areAlternatives(a: string, b: string, lexicon: Lexicon): boolean {
  const classes = lexicon.values.get(b) ?? [];
  return (lexicon.values.get(a) ?? []).some((slot) => classes.includes(slot));
}
