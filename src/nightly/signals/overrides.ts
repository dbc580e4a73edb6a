import { binomialTest } from './exact.js';

export interface OverrideCounts {
  /** Decisions whose override came in these places of the log. */
  readonly overridden: number;
  readonly decisions: number;
}

export interface OverrideTest {
  readonly window: OverrideCounts;
  readonly reference: OverrideCounts;
  /** Exact, two-sided, given the sum of both: is the share of the night's overrides its share of the decisions. */
  readonly p: number;
}

/** People who overrule an agent more often than they did say that it changed, or that the cases did. */
export function testOverrides(window: OverrideCounts, reference: OverrideCounts): OverrideTest {
  const decisions = window.decisions + reference.decisions;
  const overridden = window.overridden + reference.overridden;
  const share = decisions === 0 ? 0 : window.decisions / decisions;
  return { window, reference, p: binomialTest(window.overridden, overridden, share) };
}
