import { numberWeight } from '../lexicon/weights.js';
import type { StepView } from '../text/readStep.js';
import type { StepSpace } from './stepSpace.js';

/** Of the words of a step, by weight, the share that another has to hold to have said it without a fact to show. */
const CONTAINED = 0.7;
/** A shared number counts as a sign that one step contains another when fewer steps than this weight stands for hold it. */
const TELLING = 0.3;

/**
 * Whether `whole` says what `part` says, and more: two reasons were put into one sentence, or one was split. All facts of the part are
 * in the whole and one of them is telling, or nearly all of its words are.
 */
export function covers(whole: StepView, part: StepView, space: StepSpace): boolean {
  if (space.different(whole, part)) return false;
  const values = [...space.values(part)];
  const inWhole = space.values(whole);
  const factsKept =
    part.numbers.every((fact) => whole.numbers.some((other) => other.value === fact.value)) &&
    part.entities.every((fact) => whole.entities.some((other) => other.value === fact.value)) &&
    values.every((value) => inWhole.has(value));
  if (!factsKept) return false;
  const telling =
    part.entities.length + values.length > 0 ||
    part.numbers.some((fact) => numberWeight(space.lexicon, fact.value) >= TELLING);
  if (telling && space.distance(whole, part) < space.gap) return true;
  return [part, ...space.wordings(part)].some((wording) => contained(whole, wording, space) >= CONTAINED);
}

/** Share of the part's words that the whole holds too; numbers and values are facts and were looked at before. */
function contained(whole: StepView, part: StepView, space: StepSpace): number {
  const held = new Set(whole.stems);
  let all = 0;
  let shared = 0;
  part.stems.forEach((stem, i) => {
    const word = part.words[i] ?? '';
    if (/^\d/.test(word) || space.lexicon.values.has(word)) return;
    const weight = space.stemWeight(stem);
    all += weight;
    if (held.has(stem)) shared += weight;
  });
  return all === 0 ? 0 : shared / all;
}
