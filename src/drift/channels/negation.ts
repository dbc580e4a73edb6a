import type { StepView } from '../text/readStep.js';
import type { Evidence } from '../types.js';
import type { Channel } from './types.js';
import { atLeastOne, supporters } from './support.js';

/** Below this share of common content words a pair is a rewording, and its cues say nothing. */
const SAME_WORDS = 0.5;
/** From here on a cue counts even where the word it denies was not found on both sides: there is no other clause to deny. */
const NEARLY_EQUAL = 0.6;
const NEGATED = 1;
const PARITY = 0.5;

/** A claim that one side denies: a word negated on one side only, or an odd difference of cues in otherwise equal words. */
export const negation: Channel = {
  name: 'negation',
  weight: 0.8,
  evidence: 'edit',
  score(comparison) {
    const parts: number[] = [];
    const evidence: Evidence[] = [];
    comparison.steps.forEach((step, index) => {
      const found = supporters(comparison, index).map((partner) => ({ partner, ...turned(step, partner.view) }));
      const least = found.sort((x, y) => x.value - y.value)[0];
      if (least === undefined || least.value === 0) return;
      parts.push(least.value);
      evidence.push({
        candidateStep: index,
        baselineStep: { run: least.partner.run, step: least.partner.step },
        note: `negation of "${least.word}"`,
      });
    });
    return { channel: 'negation', value: atLeastOne(parts), evidence };
  },
};

function turned(a: StepView, b: StepView): { value: number; word: string } {
  const shared = [...a.content].filter((stem) => b.content.has(stem));
  const overlap = shared.length / Math.max(1, Math.min(a.content.size, b.content.size));
  const alike = overlap >= SAME_WORDS && (shared.length > 1 || overlap === 1);
  if (!alike || a.cues % 2 === b.cues % 2) return { value: 0, word: '' };
  const word = shared.find((stem) => a.negated.has(stem) !== b.negated.has(stem));
  if (word !== undefined) return { value: NEGATED * overlap, word };
  const nearlyEqual = shared.length >= NEARLY_EQUAL * Math.max(a.content.size, b.content.size);
  return nearlyEqual ? { value: PARITY * overlap, word: shared[0] ?? '' } : { value: 0, word: '' };
}
