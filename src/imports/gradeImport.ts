import type { GradeNote } from './types.js';

export interface GradeFindings {
  /** Makes it D: nothing could be re-run from it. */
  readonly outcomeOnly?: readonly string[];
  /** Makes it C: calls or answers are not on the tape. */
  readonly incomplete?: readonly string[];
  /** Makes it B: something is not pinned, or not what the agent saw. */
  readonly altered?: readonly string[];
}

const MAX_REASONS = 12;

/**
 * CAPTURE, "The record". Nobody of ours saw an imported decision being made, so A is out of reach: that it comes from
 * another system's log is itself a reason, and the first one.
 */
export function gradeImport(source: string, findings: GradeFindings): GradeNote {
  const { outcomeOnly = [], incomplete = [], altered = [] } = findings;
  const grade = outcomeOnly.length > 0 ? 'D' : incomplete.length > 0 ? 'C' : 'B';
  const reasons = [...new Set([...outcomeOnly, ...incomplete, ...altered])];
  const more = reasons.length > MAX_REASONS ? [`and ${reasons.length - MAX_REASONS} more`] : [];
  return { grade, reasons: [`taken from ${source}, not captured by us`, ...reasons.slice(0, MAX_REASONS), ...more] };
}
