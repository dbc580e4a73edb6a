import type { CompletenessReport } from '../package/completeness.js';
import type { CustodyEvent } from '../custody.js';
import type { CaseRun, Intake } from '../types.js';

/** All that a cover says. It is attached to the PDF as it stands, so that nobody has to read the figures off a page. */
export interface CoverFacts {
  readonly v: 1;
  readonly inquiry: string;
  readonly version: number;
  /** Manifest of the production before; null for the first. */
  readonly supplements: string | null;
  readonly intake: Pick<Intake, 'authority' | 'contact' | 'reference' | 'legalBasis' | 'receivedOn' | 'questions'>;
  readonly clock: {
    readonly rule: string;
    readonly dueOn: string | null;
    readonly late: boolean;
    readonly extended: boolean;
  };
  readonly log: string;
  readonly scope: { readonly sentence: string; readonly digest: string };
  readonly packagedAt: string;
  readonly counts: {
    readonly decisions: number;
    readonly linked: number;
    readonly erased: number;
    /** Fields that were kept here, over all decisions. */
    readonly withheld: number;
    readonly queued: number;
  };
  readonly tree: Pick<CompletenessReport, 'origin' | 'size' | 'leaves' | 'decisions' | 'kinds'>;
  readonly producers: readonly {
    readonly producer: string;
    readonly verdict: string;
    readonly reasons: readonly string[];
  }[];
  readonly answers: {
    readonly integrity: Answer;
    readonly authenticity: Answer;
    readonly independence: Answer;
    readonly completeness: Answer;
  };
  readonly runs: readonly CaseRun[];
  readonly approvals: readonly {
    readonly name: string | null;
    readonly by: string;
    readonly role: string;
    readonly at: string;
    readonly entry: string;
  }[];
  readonly rulings: readonly {
    readonly path: string;
    readonly ground: string;
    readonly reason: string;
    readonly fields: number;
  }[];
  readonly lineage: {
    readonly recorded: number;
    readonly withheld: number;
    readonly erased: number;
    readonly notRecorded: number;
  };
  readonly custody: readonly CustodyEvent[];
  readonly holds: readonly {
    readonly hold: string;
    readonly by: string;
    readonly at: string;
    readonly entries: number;
    readonly erased: number;
    readonly released: string | null;
  }[];
  readonly notShown: readonly string[];
}

export interface Answer {
  readonly verdict: string;
  readonly detail: string;
}
