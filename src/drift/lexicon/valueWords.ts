/**
 * Value words are found, not listed: a phrase that fills a slot of an otherwise equal sentence ("Savings are recorded as
 * ·"), stays when the agent says it again (every re-run of the decision has it), and differs between decisions.
 */
export interface SlotSource {
  /** Distinct masked steps as lower-case words. */
  readonly sentences: readonly (readonly string[])[];
  /** For each decision with at least two runs, each run's steps as lower-case words. */
  readonly decisions: readonly (readonly (readonly (readonly string[])[])[])[];
}

/** Longest value phrase in words. */
export const MAX_SPAN = 3;
/** Share of the decisions with the phrase in one run in which every run has it. */
const KEPT = 0.9;
/** A phrase in more than this share of decisions is part of the form. */
const COMMON = 0.9;
const MIN_DECISIONS = 3;
/** Longer sentences are prose, not templates; and their number is bounded, for agents that never repeat one. */
const MAX_WORDS = 30;
const MAX_SENTENCES = 4000;

/** Value phrase → the slots it fills, as numbers; phrases with a slot in common are alternatives. */
export function findValueWords(source: SlotSource): Map<string, number[]> {
  const usable = source.sentences.filter((words) => words.length <= MAX_WORDS).slice(0, MAX_SENTENCES);
  const slots = slotFillers(usable);
  const candidates = new Set(slots.flatMap((fillers) => [...fillers]));
  const values = valuePhrases(candidates, source.decisions);
  const out = new Map<string, number[]>();
  let next = 0;
  for (const fillers of slots) {
    const kept = [...fillers].filter((phrase) => values.has(phrase));
    if (kept.length < 2) continue;
    for (const phrase of kept) out.set(phrase, [...(out.get(phrase) ?? []), next]);
    next++;
  }
  return out;
}

/** Sets of phrases that fill the same gap: equal words before and after. */
function slotFillers(sentences: readonly (readonly string[])[]): Set<string>[] {
  const slots = new Map<string, Set<string>>();
  for (const words of sentences) {
    for (const [start, phrase] of phrases(words)) {
      const span = phrase.split(' ').length;
      if (words.length === span) continue;
      const key = `${words.slice(0, start).join(' ')}\u0000${words.slice(start + span).join(' ')}`;
      const fillers = slots.get(key);
      if (fillers === undefined) slots.set(key, new Set([phrase]));
      else fillers.add(phrase);
    }
  }
  return [...slots.values()].filter((fillers) => fillers.size > 1).map(minimal);
}

/** Drops fillers that share both their first and their last word with others: their slot is really narrower. */
function minimal(fillers: ReadonlySet<string>): Set<string> {
  const firsts = count([...fillers].map((filler) => filler.slice(0, `${filler} `.indexOf(' '))));
  const lasts = count([...fillers].map((filler) => filler.slice(filler.lastIndexOf(' ') + 1)));
  return new Set(
    [...fillers].filter((filler) => {
      const words = filler.split(' ');
      return words.length === 1 || firsts.get(words[0] ?? '') === 1 || lasts.get(words.at(-1) ?? '') === 1;
    }),
  );
}

function valuePhrases(candidates: ReadonlySet<string>, decisions: SlotSource['decisions']): Set<string> {
  const inSome = new Map<string, number>();
  const inAll = new Map<string, number>();
  for (const runs of decisions) {
    const each = runs.map((steps) => {
      const found = new Set<string>();
      for (const words of steps) for (const [, phrase] of phrases(words)) if (candidates.has(phrase)) found.add(phrase);
      return found;
    });
    for (const phrase of new Set(each.flatMap((found) => [...found]))) {
      inSome.set(phrase, (inSome.get(phrase) ?? 0) + 1);
      if (each.every((found) => found.has(phrase))) inAll.set(phrase, (inAll.get(phrase) ?? 0) + 1);
    }
  }
  const out = new Set<string>();
  for (const [phrase, some] of inSome) {
    if (!/\p{L}/u.test(phrase) || /\d/.test(phrase)) continue;
    const kept = (inAll.get(phrase) ?? 0) >= KEPT * some;
    if (kept && some >= MIN_DECISIONS && some <= COMMON * decisions.length) out.add(phrase);
  }
  return out;
}

function* phrases(words: readonly string[]): Generator<[number, string]> {
  for (let start = 0; start < words.length; start++) {
    let phrase = '';
    for (let span = 1; span <= MAX_SPAN && start + span <= words.length; span++) {
      phrase = span === 1 ? (words[start] as string) : `${phrase} ${words[start + span - 1] as string}`;
      yield [start, phrase];
    }
  }
}

function count(items: readonly string[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const item of items) out.set(item, (out.get(item) ?? 0) + 1);
  return out;
}
