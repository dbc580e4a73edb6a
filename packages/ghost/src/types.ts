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

/**
 * How an agent's function is read. Mappers see what the function returned; a mapper that throws costs the record that
 * layer and a note, never the caller's call.
 */
export interface AgentOptions<F extends AnyFunction> {
  readonly name: string;
  readonly version: string;
  /** Decision type, "loan.approve". */
  readonly type: string;
  /** @default the decision type */
  readonly goal?: string | ((...args: Parameters<F>) => string);
  /** May be left out where the agent calls `ghost.current()?.decide(…)`. */
  readonly outcome?: (result: Awaited<ReturnType<F>>) => string;
  readonly reasons?: (result: Awaited<ReturnType<F>>) => readonly string[];
  readonly confidence?: (result: Awaited<ReturnType<F>>) => number | undefined;
  readonly alternatives?: (result: Awaited<ReturnType<F>>) => readonly Alternative[];
  readonly rules?: (result: Awaited<ReturnType<F>>) => readonly RuleResult[];
  /** Names the case: the same key in one session is the same decision, however often it is sent. */
  readonly key?: (...args: Parameters<F>) => string;
  /** Identifier of the data subject. Only its keyed hash leaves the process. */
  readonly subject?: (...args: Parameters<F>) => string;
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
