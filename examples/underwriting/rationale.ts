import type { Phrase, PhraseBook, ReasonKind } from './phrases.js';
import type { Assessment, Facts, Outcome } from './scorecard.js';

/** One reason before it is put into words. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly value: Readonly<Record<string, string>>;
}

const OUTCOME_WORDS: Record<Outcome, string> = {
  approve: 'approved',
  refer: 'referred to a colleague',
  decline: 'declined',
};
const STATED_FACTORS = 3;

const points = (count: number): string => `${count} ${count === 1 ? 'point' : 'points'}`;

/** The reasons of an assessment, the principal one first: the term rule where it matters, then the heaviest factors. */
export function reasonsOf(facts: Facts, assessment: Assessment, baseLimit: number): readonly Reason[] {
  const reasons: Reason[] = [];
  if (facts.duration > baseLimit) {
    const value = { value: String(facts.duration), limit: String(assessment.limit) };
    reasons.push({ kind: assessment.overTerm ? 'termOver' : 'termWithin', value });
  }
  for (const factor of assessment.factors.slice(0, STATED_FACTORS)) {
    reasons.push({ kind: factor.name, value: { value: String(facts[factor.name]), points: points(factor.points) } });
  }
  return reasons;
}

export function conclusionOf(assessment: Assessment): Reason {
  return {
    kind: 'conclusion',
    value: { points: points(assessment.score), outcome: OUTCOME_WORDS[assessment.outcome] },
  };
}

/** A small deterministic generator (mulberry32) over one draw, so that wording costs a decision one taped random number. */
export function generator(draw: number): () => number {
  let state = Math.floor(draw * 0x1_0000_0000) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Words and order are drawn; facts are not. The conclusion stays last. */
export function word(
  reasons: readonly Reason[],
  conclusion: Reason,
  book: PhraseBook,
  random: () => number,
): readonly string[] {
  const pick = (reason: Reason): string => {
    const phrases: readonly Phrase[] = book[reason.kind];
    const phrase = phrases[Math.floor(random() * phrases.length)];
    if (phrase === undefined) throw new RangeError(`no phrase for ${reason.kind}`);
    return phrase(reason.value);
  };
  const ordered = [...reasons];
  for (let at = ordered.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [ordered[at], ordered[other]] = [ordered[other] as Reason, ordered[at] as Reason];
  }
  return [...ordered.map(pick), pick(conclusion)];
}
