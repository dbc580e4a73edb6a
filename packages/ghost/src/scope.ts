import { AsyncLocalStorage } from 'node:async_hooks';
import type { EffectClass } from '@tenet-ledger/record';
import type { Client } from './clientPort.js';
import type { Notebook } from './notebook.js';
import type { RunOptions } from './types.js';

/** A tool call as either kind of run sees it. The run decides whether `run` is ever called. */
export interface ToolCall {
  readonly name: string;
  readonly effect: EffectClass;
  /** Kind, name and effect as the tape writes them. */
  readonly head: string;
  /** As they were given. */
  readonly args: readonly unknown[];
  /** undefined: the arguments are the key. */
  readonly declaredKey: (() => unknown) | undefined;
  readonly isAsync: boolean;
  run(): unknown;
  readonly stub: (() => unknown) | undefined;
  readonly pinned: ((at: string) => unknown) | undefined;
}

export interface ModelEndpoint {
  readonly baseURL: string;
  readonly apiKey: string;
}

export interface ModelCall {
  /** chat.completions | responses | embeddings */
  readonly endpoint: string;
  readonly head: string;
  /** The request's body. */
  readonly args: unknown;
  /** The model that is asked for. */
  readonly model: string;
  invoke(endpoint?: ModelEndpoint): unknown;
  /** Hands the answer of `invoke` on to the caller and reports it, assembled where it is streamed, once it was read. */
  watch(answer: unknown, outcome: CallOutcome): unknown;
  /** The caller reads a stream. */
  readonly streamed: boolean;
}

/** A call that has started. The first of `finish` and `fail` stands; neither throws. */
export interface CallOutcome {
  finish(result: unknown): void;
  fail(error: unknown): void;
}

/** What stands behind the calls of one decision: the capture run does and tapes them, the replay run answers them. */
export interface Run {
  readonly mode: 'capture' | 'replay';
  /** Id of the decision. */
  readonly decision: string;
  tool(scope: Scope, call: ToolCall): unknown;
  model(scope: Scope, call: ModelCall): unknown;
  now(): number;
  random(): number;
  id(): string;
}

/** Where in a run the code is. A nested agent shares the run and has its own notebook. */
export interface Scope {
  readonly run: Run;
  readonly notebook: Notebook;
  /** Inside a taped call: what happens there is on the tape as that call's result. */
  readonly insideCall: boolean;
  inside?: Scope;
}

/** The scope of what happens within a taped call of this one. */
export const insideOf = (scope: Scope): Scope =>
  (scope.inside ??= { run: scope.run, notebook: scope.notebook, insideCall: true });

/** Set in a process that only replays. Code whose async context was lost still finds the decision in flight. */
export interface ReplayProcess {
  inFlight: Scope | undefined;
}

interface Shared {
  readonly scopes: AsyncLocalStorage<Scope>;
  readonly ambient: AsyncLocalStorage<RunOptions>;
  client: Client | undefined;
  replayProcess: ReplayProcess | undefined;
}

/**
 * One per process, whatever number of copies of this package are loaded: a second copy with a context of its own would
 * find no run in a replay and run its tools for real.
 */
const SHARED = Symbol.for('tenet.ghost.shared.v1');
const holder = globalThis as { [SHARED]?: Shared };

export const shared: Shared = (holder[SHARED] ??= {
  scopes: new AsyncLocalStorage<Scope>(),
  ambient: new AsyncLocalStorage<RunOptions>(),
  client: undefined,
  replayProcess: undefined,
});

export function currentScope(): Scope | undefined {
  return shared.scopes.getStore() ?? shared.replayProcess?.inFlight;
}

/** Never throws: what agents and tools return may be a proxy. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}

/**
 * Looks at what a promise settles to and hands the same thing on. A plain promise is passed through, so that a rejection nobody handles is
 * still reported; a subclass is returned as it is, with its own methods; a lazy thenable is started once.
 */
export function observe(value: PromiseLike<unknown>, outcome: CallOutcome): unknown {
  if (value instanceof Promise && value.constructor !== Promise) {
    void value.then(
      (result) => outcome.finish(result),
      (error: unknown) => outcome.fail(error),
    );
    return value;
  }
  return Promise.resolve(value).then(
    (result) => {
      outcome.finish(result);
      return result;
    },
    (error: unknown) => {
      outcome.fail(error);
      throw error;
    },
  );
}
