import { AppError } from '../../errors/index.js';
import { binomialCdf } from './binomial.js';

/** A plan that needs more decisions than this is no plan. */
const MAX_DECISIONS = 100_000;

/** Fewest decisions, more than `above`, with which `allowed` flips still prove a rate below the margin (exact, one-sided). */
export function decisionsNeeded(allowed: number, margin: number, alpha: number, above = allowed): number {
  const proves = (n: number): boolean => binomialCdf(allowed, n, margin) < alpha;
  let low = above;
  let step = Math.ceil(1 / margin);
  while (!proves(low + step)) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (proves(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export interface GatePlanRequest {
  readonly maxFlipRate: number;
  /** What the candidate is believed to do; below the margin. */
  readonly expectedFlipRate: number;
  readonly alpha: number;
  readonly power: number;
}

export interface PlannedGate {
  readonly n: number;
  readonly allowedFlips: number;
  /** Probability to pass at the expected rate: at least the power asked for. */
  readonly power: number;
}

/** The smallest cohort that passes with the wanted probability if the candidate flips as rarely as expected. */
export function planGate({ maxFlipRate, expectedFlipRate, alpha, power }: GatePlanRequest): PlannedGate {
  assertShares({ maxFlipRate, alpha, power });
  if (!(expectedFlipRate >= 0 && expectedFlipRate < maxFlipRate)) {
    throw new AppError('input.invalid', 'no cohort can prove a rate below one that it already reaches', {
      field: '/expectedFlipRate',
      expected: `from 0 to below ${maxFlipRate}`,
      got: String(expectedFlipRate),
      fix: 'expect fewer flips or allow a larger margin',
    });
  }
  let n = 0;
  for (let allowedFlips = 0; ; allowedFlips += 1) {
    // One more flip always asks for more decisions, so the search goes on from the last n.
    n = decisionsNeeded(allowedFlips, maxFlipRate, alpha, Math.max(n, allowedFlips));
    if (n > MAX_DECISIONS) {
      throw new AppError('input.invalid', 'the plan needs more decisions than any cohort has', {
        field: '/expectedFlipRate',
        expected: `a rate further below ${maxFlipRate}`,
        got: String(expectedFlipRate),
      });
    }
    const reached = binomialCdf(allowedFlips, n, expectedFlipRate);
    if (reached >= power) return { n, allowedFlips, power: reached };
  }
}

function assertShares(shares: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(shares)) {
    if (value > 0 && value < 1) continue;
    throw new AppError('input.invalid', `${name} of a gate plan is not a share`, {
      field: `/${name}`,
      expected: 'above 0 and below 1',
      got: String(value),
    });
  }
}
