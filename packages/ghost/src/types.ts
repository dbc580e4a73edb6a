import type {
  Alternative,
  EffectClass,
  EntryKind,
  Json,
  Link,
  RecordSigner,
  RuleResult,
  TapeEntry,
} from '@tenet-ledger/record';

export type * from './config.js';
export type { Alternative, EffectClass, Json, RecordSigner, RuleResult, TapeEntry };

/** Any function. `never[]` accepts every parameter list without giving up types. */
export type AnyFunction = (...args: never[]) => unknown;

export type Origin = 'human' | 'agent' | 'scheduler';

/** A function of what it reads, or the path of a member: "status", "result.score". */
export type Mapper<A extends readonly unknown[], R> = string | ((...args: A) => R);

/**
 * How an agent's function is read. Mappers see what the function returned; a mapper that throws costs the record that
 * layer and a note, never the caller's call.
 */
export interface AgentOptions<F extends AnyFunction> {
  readonly name: string;
  readonly version: string;
  /** Decision type, "loan.approve". @default the agent's name */
  readonly type?: string;
  /** A text, or a function of the arguments. @default the decision type */
  readonly goal?: string | ((...args: Parameters<F>) => string);
  /**
   * What `ghost.current()?.decide(…)` says stands before it.
   * @default what the function returned if that is a short text, a number or a flag, else its member `outcome`, `decision` or `status`
   */
  readonly outcome?: Mapper<[result: Awaited<ReturnType<F>>], string | number | boolean>;
  readonly reasons?: Mapper<[result: Awaited<ReturnType<F>>], string | readonly string[] | undefined>;
  readonly confidence?: Mapper<[result: Awaited<ReturnType<F>>], number | undefined>;
  readonly alternatives?: Mapper<[result: Awaited<ReturnType<F>>], readonly Alternative[] | undefined>;
  readonly rules?: Mapper<[result: Awaited<ReturnType<F>>], readonly RuleResult[] | undefined>;
  /** Names the case: the same key in one session is the same decision, however often it is sent. A path starts in the input. */
  readonly key?: Mapper<Parameters<F>, string>;
  /** Identifier of the data subject, "applicant.id". Only its keyed hash leaves the process. */
  readonly subject?: Mapper<Parameters<F>, string>;
  /** Members of the input that get a digest of their own, so that they can be disclosed alone. */
  readonly splitInputs?: readonly string[];
  readonly model?: string;
  readonly promptVersion?: string;
  readonly codeDigest?: string;
}

export interface ToolOptions<F extends AnyFunction> {
  readonly effect: Exclude<EffectClass, 'unknown'>;
  /** What makes two calls the same call. @default the canonical arguments */
  readonly key?: (...args: Parameters<F>) => string;
  /** Answers a write in replay where no result was recorded. */
  readonly stub?: (...args: Parameters<F>) => Awaited<ReturnType<F>>;
  /** Arguments that pin a read to an instant (RFC 3339). Without it a read never runs live in replay. */
  readonly asOf?: (at: string, ...args: Parameters<F>) => Parameters<F>;
  /** Whether replay answers by a promise. @default true for `async` functions */
  readonly async?: boolean;
}

export interface DecideOptions {
  readonly confidence?: number;
  readonly rules?: readonly RuleResult[];
  readonly reasoning?: readonly string[];
}

/** The decision under way, found by async context. */
export interface Current {
  /** Id that the decision's record will have: for what follows from it, ghost.effect. */
  readonly decision: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  id(): string;
  /** Appends a reasoning step. */
  step(text: string): void;
  alternative(alternative: Alternative): void;
  decide(outcome: string, options?: DecideOptions): void;
}

/** One of several decisions of a run. Its record links to the one it is part of. */
export interface PartOptions {
  readonly type: string;
  /** Names the case within the run's session. @default derived from the decision around it, where that has a key */
  readonly key?: string;
  readonly subject?: string;
  readonly inputs?: unknown;
  readonly goal?: string;
  readonly splitInputs?: readonly string[];
  /** Needed outside a wrapped agent only. */
  readonly agent?: string;
  readonly version?: string;
}

/** A decision that is made in several steps, of several processes or days. */
export interface OpenOptions {
  readonly agent: string;
  readonly version: string;
  /** @default the agent's name */
  readonly type?: string;
  readonly key?: string;
  readonly inputs?: unknown;
  readonly goal?: string;
  readonly subject?: string;
  readonly splitInputs?: readonly string[];
  readonly model?: string;
  readonly promptVersion?: string;
}

/** The hands on a decision that is not made yet. */
export interface OpenDecision extends Omit<Current, 'decide'> {
  /** Runs code as part of the decision: what it calls is taped. What `ghost.current()?.decide(…)` says in it is recorded when it ends. */
  run<T>(fn: () => T): T;
  /** Everything so far, redacted, as text to keep until the decision goes on, here or in another process. */
  readonly token: string;
  /** The same, said where the code lets go of it. */
  suspend(): string;
  /** Makes the record. Said twice, by whatever holders of a token, it is one decision: the first to arrive stands. Its id. */
  decide(outcome: string, options?: DecideOptions): string | undefined;
}

/** What a decision led to. */
export interface EffectOptions {
  readonly action: string;
  readonly target?: string;
  /** @default 'success' */
  readonly result?: 'success' | 'failure' | 'pending';
  readonly sideEffects?: readonly unknown[];
  readonly revertAction?: string;
  readonly actor?: 'agent' | 'human';
  readonly detail?: unknown;
}

/** A human decided otherwise, or confirmed what was decided. */
export interface OverrideOptions {
  readonly by: string;
  readonly reason: string;
  readonly outcome: string;
  readonly previous?: string;
  /** When the case was shown to who decided. */
  readonly shownAt?: Date | string;
  /** @default now */
  readonly decidedAt?: Date | string;
  /** @default from `shownAt` to `decidedAt` */
  readonly dwellMs?: number;
}

/** Something in a record was wrong. The record stays; this says what it should have been. */
export interface CorrectionOptions {
  readonly reason: string;
  /** Path in the decision's record → value. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly by?: string;
}

/** For every record that follows a decision. */
export interface LinkedOptions {
  /** @default the name of the kind */
  readonly type?: string;
  /** Names the fact: the same key for the same decision is the same record. */
  readonly key?: string;
  /** name@version of whose decision it is. @default the agent under way, else the one that decided in this process */
  readonly agent?: string;
}

export interface RunOptions {
  readonly session?: string;
  readonly origin?: Origin;
  /** Id of the decision or request that asked for this one. */
  readonly parent?: string;
  readonly constraints?: readonly string[];
  readonly lineage?: Readonly<Record<string, Json>>;
}

/** A decision that was made without the wrapper. */
export interface FinishedDecision {
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  /** @default 'decision' */
  readonly kind?: Extract<EntryKind, 'decision' | 'effect' | 'override' | 'correction'>;
  readonly outcome: string;
  readonly inputs?: unknown;
  readonly goal?: string;
  readonly externalVersions?: Readonly<Record<string, string>>;
  readonly reasoning?: readonly string[];
  readonly alternatives?: readonly Alternative[];
  readonly confidence?: number;
  readonly rules?: readonly RuleResult[];
  readonly tape?: readonly TapeEntry[];
  readonly links?: readonly Link[];
  readonly key?: string;
  readonly subject?: string;
  readonly occurredAt?: Date;
  readonly splitInputs?: readonly string[];
  readonly model?: string;
  readonly promptVersion?: string;
  readonly codeDigest?: string;
}
