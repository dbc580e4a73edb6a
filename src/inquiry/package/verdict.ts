import type { CompletenessReport } from './completeness.js';

/** Three questions that are often taken for one. Each has its own answer; none follows from another. */
export interface PackageVerdict {
  /** Nothing was changed since it was signed: files, leaves, disclosed values, custody. */
  readonly integrity: Finding<'HOLDS' | 'BROKEN'>;
  /** Who signed: keys that the root key of the reader's policy vouches for. */
  readonly authenticity: Finding<'SIGNED' | 'NOT SHOWN'>;
  /** Who besides the operator attests the log. */
  readonly independence: Finding<'WITNESSED' | 'LOGGED' | 'SELF-ATTESTED' | 'NOT SHOWN'>;
  /** Whether all decisions that fit the scope are in the package. */
  readonly completeness: Finding<'ALL IN THE LOG' | 'BY THE OPERATOR’S WORD' | 'INCOMPLETE' | 'NOT SHOWN'>;
  readonly inquiry: string | null;
  readonly version: number | null;
  readonly decisions: readonly DecisionFinding[];
  readonly report: CompletenessReport | null;
  readonly custody: number;
  /** Every reason for an answer that is not the best one. */
  readonly problems: readonly string[];
  /** Print it with every verdict. */
  readonly notShown: readonly string[];
}

export interface Finding<V extends string> {
  readonly verdict: V;
  readonly detail: string;
}

export interface DecisionFinding {
  readonly id: string;
  readonly label: string;
  readonly disclosed: number;
  readonly withheld: number;
  readonly erased: number;
  readonly rows: number;
}

export const isIntact = ({ integrity, completeness }: Pick<PackageVerdict, 'integrity' | 'completeness'>): boolean =>
  integrity.verdict === 'HOLDS' && completeness.verdict !== 'INCOMPLETE' && completeness.verdict !== 'NOT SHOWN';
