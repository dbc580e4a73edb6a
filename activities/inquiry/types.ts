import type { CaseState, StepKind } from '../../src/inquiry/stages.js';

/** What the workflow of a case knows of it: ids, counts and times. Names, questions and values stay in Postgres. */
export interface CaseView {
  readonly id: string;
  readonly state: CaseState;
  readonly rev: number;
  readonly version: number;
  readonly isOver: boolean;
  /** Steps that may be taken now. */
  readonly allowed: readonly StepKind[];
  /** Not sent yet, in the order of their times. */
  readonly reminders: readonly { readonly id: string; readonly at: string }[];
}

/** A step is stored before the workflow hears of it. */
export interface StepCall {
  readonly step: string;
  readonly kind: StepKind;
}

export interface InquiryActivities {
  readonly inquiryCase: (inquiryId: string) => Promise<CaseView>;
  /** Runs that the collection asks for, each planned and its manifest signed; a version that nobody registered has none. */
  readonly inquiryReplays: (stepId: string) => Promise<readonly string[]>;
  /** Idempotent by the step: asked twice, it is done once. */
  readonly inquiryStep: (stepId: string, runs: readonly string[]) => Promise<CaseView>;
  readonly inquiryFailed: (stepId: string, code: string, message: string) => Promise<void>;
  readonly inquiryReminder: (inquiryId: string, reminderId: string) => Promise<CaseView>;
}
