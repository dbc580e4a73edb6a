import type { CaseClock, ReminderId } from './clock/caseClock.js';
import type { Redaction } from './redaction.js';
import type { ScopeQuery } from './scope.js';
import type { CaseState } from './stages.js';

/** What came in. Free text of people: it is sealed in the ledger and kept beside the case, never in Temporal. */
export interface Intake {
  readonly authority: string;
  readonly contact: string | null;
  /** The authority's own. */
  readonly reference: string | null;
  readonly legalBasis: string | null;
  readonly channel: string;
  /** How the sender was made sure of; null where nobody said. */
  readonly authenticated: string | null;
  readonly receivedOn: string;
  readonly questions: readonly string[];
}

export interface Act {
  readonly by: string;
  readonly at: string;
  /** The signed ledger entry of it. */
  readonly entry: string;
}

export interface SavedScope extends Act {
  readonly query: ScopeQuery;
  readonly digest: string;
  /** Why it was chosen, or what was agreed with the authority. */
  readonly reason: string | null;
  /** Decisions it matched when it was saved. */
  readonly matched: number;
}

/** Which re-runs of the decisions in scope go into the package, and what they are worth. */
export interface CaseRun {
  readonly run: string;
  readonly agent: string;
  readonly label: RunLabel;
  readonly status: string;
  readonly note: string | null;
  /** What was compared: entries and counts. */
  readonly rows: number;
  readonly same: number;
  readonly other: number;
  readonly unusable: number;
}

/** `served from tape`: the code ran again, model and tools answered as recorded. */
export type RunLabel = 'served from tape' | 'original model' | 'today’s model';

export interface Collection extends Act {
  readonly digest: string;
  /** Size of the tree that everything in the package is shown under. */
  readonly size: number;
  readonly decisions: number;
  /** Overrides, corrections, effects and reviews that link to them. */
  readonly linked: number;
  readonly erased: number;
  readonly runs: readonly CaseRun[];
  /** Entry that discloses the root over all rows of these runs; null without runs. */
  readonly resultsEntry: string | null;
}

export interface Review extends Act {
  readonly digest: string;
  readonly redactions: readonly Redaction[];
}

export interface GivenApproval {
  readonly id: string;
  readonly by: string;
  readonly role: string;
  readonly at: string;
  readonly decision: 'approve' | 'refuse';
  readonly reason: string;
}

export interface Production extends Act {
  readonly version: number;
  /** hex SHA-256 of manifest.json. */
  readonly manifest: string;
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  readonly approvals: readonly GivenApproval[];
}

export interface Delivery extends Act {
  readonly version: number;
  readonly manifest: string;
  readonly to: string;
  readonly channel: string;
  readonly outcome: 'accepted' | 'refused';
  readonly note: string | null;
}

export interface CaseHold extends Act {
  readonly hold: string;
  readonly query: ScopeQuery;
  readonly reason: string;
  /** Entries in it when it was placed, and how many of them had been erased before. */
  readonly entries: number;
  readonly erased: number;
  readonly released: Act | null;
}

export interface SentReminder {
  readonly id: ReminderId;
  readonly at: string;
  readonly entry: string;
}

/** One case. Changed by steps alone, one at a time: `rev` rises with each. */
export interface InquiryCase {
  readonly id: string;
  readonly state: CaseState;
  readonly rev: number;
  /** Number of the production that is being made, from 1; a supplement is the next one. */
  readonly version: number;
  readonly intake: Intake;
  readonly opened: Act;
  readonly clock: CaseClock;
  readonly reminded: readonly SentReminder[];
  readonly scope: SavedScope | null;
  readonly collection: Collection | null;
  readonly review: Review | null;
  readonly approvals: readonly GivenApproval[];
  readonly holds: readonly CaseHold[];
  readonly productions: readonly Production[];
  readonly deliveries: readonly Delivery[];
  readonly ended: (Act & { readonly how: 'closed' | 'withdrawn'; readonly reason: string }) | null;
}
