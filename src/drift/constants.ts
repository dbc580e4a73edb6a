/** Everything in the scorer that was set and not derived. Changing one changes the scorer's version. */
export interface ScorerConstants {
  /** Share of the embedding in the distance; the rest is stem TF-IDF. Set on STS-B dev: 0.9 gives the best Spearman. */
  readonly denseWeight: number;
  /** A pair of steps that costs this much or more is one step dropped and one added. */
  readonly gap: number;
  /** Lowers the cost of a pair that states the same facts; the others raise it. */
  readonly sharedFacts: number;
  readonly differentFacts: number;
  /** One side states numbers or names and the other states nothing. */
  readonly oneSidedFacts: number;
  /** … states value words only, which a rewording may replace. */
  readonly oneSidedValues: number;
  /** Most that being nearer to this reason than to the agent's others lowers the cost, or being farther raises it. */
  readonly contrast: number;
  /** Difference of distances at which the contrast is full. */
  readonly contrastScale: number;
}

const FACTS = {
  sharedFacts: 0.25,
  differentFacts: 0.2,
  oneSidedFacts: 0.15,
  oneSidedValues: 0.08,
  contrast: 0.2,
  contrastScale: 0.15,
};

/** Set on made-up agents (insurance claims, refunds, tenders); checked on others that had no part in it. */
export const DENSE: ScorerConstants = { denseWeight: 0.9, gap: 0.65, ...FACTS };

/**
 * Without an embedding, two steps that share no word may still say the same: only different facts, or the agent's own re-runs, part
 * them. It misses a swap between two reasons that state no fact; it does not take new words for new reasons.
 */
export const LEXICAL: ScorerConstants = { denseWeight: 0, gap: 1.02, ...FACTS, contrast: 0 };

/**
 * Names constants, channels and text rules together; profiles of another version are not comparable. The digits of numbers are masked
 * before a step is embedded or stemmed (the number channel has them).
 */
export const SCORER_VERSION = 'drift-1:digits-masked';
