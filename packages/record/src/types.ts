/** Shapes of the portable format. The format itself is described in FORMAT.md beside this package. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Kinds of ledger entry. `type` refines it: the decision type for decisions ("loan.approve"), "key.add" for keys. */
export type EntryKind =
  | 'decision'
  | 'effect'
  | 'override'
  | 'correction'
  | 'capture'
  | 'key'
  | 'erasure'
  | 'run'
  | 'profile'
  | 'verdict'
  | 'drift'
  | 'waiver'
  | 'hold'
  | 'approval'
  | 'report'
  | 'access'
  | 'agent'
  | 'epoch';

/** The signed statement S. Values never enter it, only salted digests of disclosures. */
export interface Entry {
  readonly v: 1;
  /** host/tenant; the epoch is bound by the inclusion proof. */
  readonly log: string;
  readonly kind: EntryKind;
  readonly type: string;
  readonly id: string;
  /** name@version, or "platform" and "root" for entries that no agent made. */
  readonly agent: string;
  readonly links: readonly Link[];
  readonly producer: Producer;
  /** RFC 3339 UTC with milliseconds. A claim of the producer, not evidence. */
  readonly occurred_at: string;
  /** A checkpoint the producer had seen and verified: a lower bound in time. `root` is standard base64. */
  readonly after?: { readonly size: number; readonly root: string };
  /** Pseudonymous tag of the data subject. */
  readonly subject?: string;
  /** RFC 6901 pointer into the record → base64url SHA-256 of the disclosure string. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Link {
  readonly rel: string;
  readonly id: string;
}

export interface Producer {
  readonly id: string;
  readonly kid: string;
  /** From 1, without gaps, per producer id. */
  readonly seq: number;
  /** base64url(SHA-256(previous S of this producer)); absent at seq 1. */
  readonly prev?: string;
}

/** The seven layers of a decision as an agent's code sees them. `flattenRecord` maps them to fields. */
export interface DecisionRecord {
  readonly intent: {
    readonly goal: string;
    readonly origin: 'human' | 'agent' | 'scheduler';
    readonly session: string;
    readonly parent?: string;
    readonly constraints?: readonly string[];
  };
  readonly context: { readonly inputs: Json; readonly externalVersions?: Readonly<Record<string, string>> };
  readonly reasoning: readonly string[];
  readonly alternatives: readonly Alternative[];
  readonly decision: { readonly outcome: string; readonly confidence?: number; readonly rules?: readonly RuleResult[] };
  readonly provenance: {
    readonly agent: string;
    readonly version: string;
    readonly codeDigest?: string;
    readonly model?: string;
    readonly promptVersion?: string;
    readonly sdk: string;
    readonly lineage?: Readonly<Record<string, Json>>;
  };
  readonly tape: readonly TapeEntry[];
  readonly grade: { readonly grade: 'A' | 'B' | 'C' | 'D'; readonly reasons: readonly string[] };
}

export interface Alternative {
  readonly action: string;
  readonly target?: string;
  readonly score?: number;
  readonly reason?: string;
}

export interface RuleResult {
  readonly id: string;
  readonly fired: boolean;
  readonly detail?: string;
}

export type EffectClass = 'pure' | 'read' | 'write' | 'irreversible' | 'unknown';

/** One call on the tape (CAPTURE "Encoding"). `n` counts call starts, from 1. Times are milliseconds. */
export interface TapeEntry {
  readonly v: 1;
  readonly n: number;
  readonly kind: 'tool' | 'model' | 'clock' | 'random' | 'id';
  readonly name: string;
  readonly effect: EffectClass;
  /** Matching key within `name`: the declared key, else JCS of the arguments. */
  readonly key: string;
  readonly args: Json;
  readonly result?: Json;
  readonly error?: { readonly code: string; readonly message: string };
  readonly startedMs: number;
  readonly durMs: number;
}

/** What goes over the wire for one entry. `leaf` is the leaf's exact JSON text; `disclosures` are base64url strings. */
export interface Submission {
  readonly leaf: string;
  readonly disclosures: readonly string[];
}

/** Signs a message with a record key. Ed25519, 64 bytes out. The holder keeps the private half. */
export interface RecordSigner {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Must not throw for malformed input: false. */
export type Ed25519Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
