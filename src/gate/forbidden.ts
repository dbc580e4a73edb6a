import type { DecisionFacts, ForbiddenReason } from './types.js';

export interface ForbiddenHit {
  readonly reason: string;
  readonly term: string;
  /** From 1. */
  readonly run: number;
  /** From 1. */
  readonly step: number;
  /** Whether a control-arm run of the same decision says it as well. */
  readonly inBaseline: boolean;
}

export interface TermMatcher {
  readonly reason: string;
  readonly term: string;
  readonly pattern: RegExp;
}

/**
 * Whole words and phrases, whatever their case. A letter, digit or combining mark on either side makes another word
 * ("age" is not in "average"); hyphens and underscores do not ("age-based", "applicant_age"). White space in a phrase
 * matches any run of it. Other forms of a word ("ages", "aged") are other terms: list them.
 */
export function termMatchers(forbidden: readonly ForbiddenReason[]): TermMatcher[] {
  return forbidden.flatMap(({ id, terms }) => terms.map((term) => ({ reason: id, term, pattern: patternOf(term) })));
}

/** The first place in each run where a candidate gives each forbidden reason. */
export function forbiddenHits(decision: DecisionFacts, matchers: readonly TermMatcher[]): ForbiddenHit[] {
  const candidate = decision.candidateSteps.map((steps) => steps.map(normalise));
  let baseline: string[] | undefined;
  return matchers.flatMap(({ reason, term, pattern }) =>
    candidate.flatMap((steps, run) => {
      const step = steps.findIndex((text) => pattern.test(text));
      if (step === -1) return [];
      baseline ??= decision.baselineSteps.flat().map(normalise);
      return [{ reason, term, run: run + 1, step: step + 1, inBaseline: baseline.some((text) => pattern.test(text)) }];
    }),
  );
}

function patternOf(term: string): RegExp {
  const words = normalise(term).trim().split(/\s+/u).map(escapePattern);
  return new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])${words.join('\\s+')}(?![\\p{L}\\p{N}\\p{M}])`, 'iu');
}

/** Compatibility forms folded, invisible format characters out: a word cannot be hidden by a zero-width space. */
const normalise = (text: string): string => text.normalize('NFKC').replace(/\p{Cf}/gu, '');

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
