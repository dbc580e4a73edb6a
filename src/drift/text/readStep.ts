import { language, type Token } from './language.js';
import { maskNumbers, readNumbers, type NumberFact } from './numbers.js';
import { readEntities, type EntityFact } from './entities.js';

/** One reasoning step, read once; everything the distance and the channels look at. */
export interface StepView {
  /** Numbers the texts and the masked texts a reader has met: keys of what is kept about them. */
  readonly id: number;
  readonly maskedId: number;
  readonly text: string;
  /** The text with the digits of its numbers masked: what is embedded and stemmed. */
  readonly masked: string;
  /** Lower-case words and their stems, in order, with repeats; punctuation is left out. */
  readonly words: readonly string[];
  readonly stems: readonly string[];
  readonly content: ReadonlySet<string>;
  readonly negated: ReadonlySet<string>;
  /** Number of negation cues ("not", "no", "without", "lacks", un-…). */
  readonly cues: number;
  readonly lowered: string;
  readonly numbers: readonly NumberFact[];
  readonly implied: ReadonlySet<string>;
  readonly entities: readonly EntityFact[];
}

/** A step without a word says nothing: it is neither paired nor missed. */
export function isBlank(step: StepView): boolean {
  return step.words.length === 0;
}

export type StepReader = (text: string) => StepView;

interface MaskedView {
  readonly maskedId: number;
  readonly words: string[];
  readonly stems: string[];
  readonly content: Set<string>;
  readonly negated: Set<string>;
  readonly cues: number;
}

/** Reads steps and keeps what it read: the language work is done once per masked text. */
export function createStepReader(): StepReader {
  const steps = new Map<string, StepView>();
  const maskedViews = new Map<string, MaskedView>();
  return (text) => {
    const known = steps.get(text);
    if (known !== undefined) return known;
    const masked = maskNumbers(text);
    const tokens = language().tokens(text);
    let view = maskedViews.get(masked);
    if (view === undefined) {
      view = readMasked(masked === text ? tokens : language().tokens(masked), maskedViews.size);
      maskedViews.set(masked, view);
    }
    const step: StepView = {
      id: steps.size,
      text,
      masked,
      ...view,
      ...readNumbers(text),
      lowered: text.toLowerCase(),
      entities: readEntities(tokens),
    };
    steps.set(text, step);
    return step;
  };
}

const CUES = new Set(['not', "n't", 'no', 'none', 'never', 'without', 'neither', 'nor', 'nobody', 'nothing', 'cannot']);
const LACKING = new Set(['lack', 'miss', 'absent', 'absenc', 'fail', 'unabl', 'denied', 'deni']);

function readMasked(tokens: readonly Token[], maskedId: number): MaskedView {
  const words = tokens.filter(
    (token) => token.type !== 'punctuation' && token.type !== 'symbol' && token.pos !== 'SPACE',
  );
  const content = words.filter((word) => isContent(word));
  return {
    maskedId,
    words: words.map((word) => word.lower),
    stems: words.map((word) => word.stem),
    content: new Set(content.map((word) => word.stem)),
    negated: new Set(content.filter((word) => word.negated).map((word) => word.stem)),
    cues: words.filter((word) => CUES.has(word.lower) || LACKING.has(word.stem)).length,
  };
}

function isContent(word: Token): boolean {
  return word.type === 'word' && !word.stop && !CUES.has(word.lower);
}
