import type { DecisionRecord, EntryKind, Field, Link } from '@tenet-ledger/record';

interface DraftHead {
  readonly kind: EntryKind;
  readonly type: string;
  readonly id: string;
  /** name@version */
  readonly agent: string;
  readonly links: readonly Link[];
  readonly occurredAt: string;
  readonly subject?: string;
}

export interface RecordDraft extends DraftHead {
  readonly record: DecisionRecord;
  readonly splitInputs?: readonly string[];
}

/** What is not a decision: its fields as they are. */
export interface FieldsDraft extends DraftHead {
  readonly fields: readonly Field[];
}

/** An entry as plain JSON, not yet sealed. */
export type Draft = RecordDraft | FieldsDraft;

/** A draft whose JSON text was made while its values were read: going through them again would cost the caller as much once more. */
export interface DraftText extends Pick<DraftHead, 'kind' | 'type' | 'id'> {
  readonly json: string;
}

export interface FlushResult {
  /** Records neither acknowledged nor refused when the wait ended. */
  readonly pending: number;
}

/** A signed record, as a spool takes it. */
export interface Sealed {
  readonly id: string;
  /** One NDJSON line without its line end. ASCII. */
  readonly line: string;
}
