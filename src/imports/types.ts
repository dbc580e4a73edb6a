import type { Alternative, EffectClass, Json, RuleResult, TapeEntry } from '@tenet-ledger/record';

export type Grade = 'A' | 'B' | 'C' | 'D';

export interface GradeNote {
  readonly grade: Grade;
  readonly reasons: readonly string[];
}

/** A decision that another system recorded, read into our terms. What that system did not keep is said in `grade`. */
export interface ImportedDecision {
  /** Names the case within (agent, version, session): the same key again is the same decision. */
  readonly key: string;
  readonly session: string;
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  readonly outcome: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly occurredAt: string;
  readonly inputs: Json;
  readonly reasoning: readonly string[];
  readonly tape: readonly TapeEntry[];
  readonly grade: GradeNote;
  /** @default the decision type */
  readonly goal?: string;
  /** @default 'agent' */
  readonly origin?: 'human' | 'agent' | 'scheduler';
  /** Id of the decision that asked for this one. */
  readonly parent?: string;
  readonly constraints?: readonly string[];
  readonly externalVersions?: Readonly<Record<string, string>>;
  readonly alternatives?: readonly Alternative[];
  readonly confidence?: number;
  readonly rules?: readonly RuleResult[];
  readonly model?: string;
  readonly promptVersion?: string;
  readonly codeDigest?: string;
  readonly lineage?: Readonly<Record<string, Json>>;
  /** The data subject's identifier in the clear: only its keyed tag enters the record. */
  readonly subject?: string;
  readonly splitInputs?: readonly string[];
}

export type EffectOf = (tool: string) => EffectClass;

/** Where in its file something stands. Lines, rows and items count from 1; a row is the line it begins on. */
export interface Place {
  readonly unit: 'line' | 'row' | 'item';
  readonly n: number;
}

/** One thing that could not be taken, told so that its owner can correct it. */
export interface ImportProblem {
  readonly place: Place;
  /** Field of the record, or the place in the source it comes from; empty for the whole. */
  readonly field: string;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly fix?: string;
}

/** One unit of a file. `end`: bytes of the file that are used up with it, where reading may go on. */
export type RawItem =
  | { readonly place: Place; readonly end: number; readonly value: Json }
  | { readonly place: Place; readonly end: number; readonly problem: Omit<ImportProblem, 'place'> };

/** Where reading goes on: bytes and units already done. */
export interface ReadFrom {
  readonly offset: number;
  readonly n: number;
}

/** What one unit of a file became. */
export type Converted =
  | { readonly decision: ImportedDecision }
  | { readonly problem: Omit<ImportProblem, 'place'> }
  /** Not a decision, and not meant to be one. */
  | { readonly skipped: string };
