import {
  currentScope,
  insideOf,
  isThenable,
  observe,
  shared,
  type CallOutcome,
  type ModelCall,
  type Run,
  type Scope,
  type ToolCall,
} from '../scope.js';
import { takeText } from '../callKey.js';
import { headOf, Tape, type TapeStart } from './tape.js';

export interface RunSources {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
}

export interface ModelUse {
  readonly asked: string;
  readonly answered: string;
}

/** Whose decision a run is. */
export interface RunAgent {
  readonly name: string;
  readonly version: string;
  readonly model?: string;
  readonly promptVersion?: string;
  readonly codeDigest?: string;
}

const HEADS = {
  clock: headOf('clock', 'clock', 'pure'),
  random: headOf('random', 'random', 'pure'),
  id: headOf('id', 'id', 'pure'),
} as const;

const NO_MODELS: readonly ModelUse[] = [];
const NO_HOSTS: ReadonlySet<string> = new Set();

/** Does every call and tapes it. A nested agent's calls go on the tapes of the agents around it as well. */
export class CaptureRun implements Run {
  readonly mode = 'capture';
  readonly tape: Tape;
  /** The decision's id comes from its key: so do those of its parts. */
  readonly keyed: boolean;
  /** Decisions begun within this one, so far. */
  parts = 0;
  readonly #sources: RunSources;
  readonly #outer: CaptureRun | undefined;
  #models: ModelUse[] | undefined;
  #untaped: Set<string> | undefined;

  /** `decision`: the id that this run's record will have. */
  constructor(
    readonly decision: string,
    readonly agent: RunAgent,
    sources: RunSources,
    outer: CaptureRun | undefined,
    { keyed, tape }: { readonly keyed: boolean; readonly tape?: Tape },
  ) {
    this.#sources = sources;
    this.#outer = outer;
    this.keyed = keyed;
    this.tape = tape ?? new Tape(sources.elapsed);
  }

  /** Takes up what another process saw. */
  resume(models: readonly ModelUse[], untaped: readonly string[]): void {
    for (const use of models) this.#answeredBy(use);
    for (const host of untaped) this.calledUntaped(host);
  }

  get models(): readonly ModelUse[] {
    return this.#models ?? NO_MODELS;
  }

  /** Hosts that were called past the tape. */
  get untaped(): ReadonlySet<string> {
    return this.#untaped ?? NO_HOSTS;
  }

  calledUntaped(host: string): void {
    (this.#untaped ??= new Set()).add(host);
    this.#outer?.calledUntaped(host);
  }

  tool(scope: Scope, call: ToolCall): unknown {
    if (scope.insideCall) return call.run();
    const { key, args, notes } = takeText(call.args, call.declaredKey);
    const outcome = this.#start({ head: call.head, name: call.name, key, args });
    if (notes.length > 0) this.#damage(`arguments of ${call.name}`, notes);
    // What a pure tool calls is taped too: replay runs it again and has to answer those calls.
    return settle(call.effect === 'pure' ? scope : insideOf(scope), outcome, call);
  }

  model(scope: Scope, call: ModelCall): unknown {
    if (scope.insideCall) return call.invoke();
    const { key, args, notes } = takeText(call.args);
    const open = this.#start({ head: call.head, name: call.endpoint, key, args });
    if (notes.length > 0) this.#damage(`request of ${call.endpoint}`, notes);
    const outcome: CallOutcome = {
      finish: (answer) => {
        this.#answeredBy({ asked: call.model, answered: textMember(answer, 'model') });
        open.finish(answer);
      },
      fail: (error) => open.fail(error),
    };
    let answer: unknown;
    try {
      answer = shared.scopes.run(insideOf(scope), () => call.invoke());
    } catch (error) {
      outcome.fail(error);
      throw error;
    }
    return call.watch(answer, outcome);
  }

  now(): number {
    return this.#value('clock', this.#sources.now());
  }

  random(): number {
    return this.#value('random', this.#sources.random());
  }

  id(): string {
    return this.#value('id', this.#sources.uuid());
  }

  #value<T extends number | string>(kind: keyof typeof HEADS, value: T): T {
    if (currentScope()?.insideCall !== true)
      this.#start({ head: HEADS[kind], name: kind, key: kind, args: '[]' }).finish(value);
    return value;
  }

  #start(call: TapeStart): CallOutcome {
    const own = this.tape.start(call);
    return this.#outer === undefined ? own : both(own, this.#outer.#start(call));
  }

  #answeredBy(use: ModelUse): void {
    (this.#models ??= []).push(use);
    if (this.#outer !== undefined) this.#outer.#answeredBy(use);
  }

  #damage(where: string, notes: readonly string[]): void {
    for (const note of notes) this.tape.damage(`${where}: ${note}`);
    if (this.#outer !== undefined) this.#outer.#damage(where, notes);
  }
}

function settle(scope: Scope, outcome: CallOutcome, call: ToolCall): unknown {
  let result: unknown;
  try {
    result = shared.scopes.run(scope, run, call);
  } catch (error) {
    outcome.fail(error);
    throw error;
  }
  if (isThenable(result)) return observe(result, outcome);
  outcome.finish(result);
  return result;
}

const run = (call: ToolCall): unknown => call.run();

const both = (one: CallOutcome, other: CallOutcome): CallOutcome => ({
  finish: (result) => {
    one.finish(result);
    other.finish(result);
  },
  fail: (error) => {
    one.fail(error);
    other.fail(error);
  },
});

function textMember(value: unknown, name: string): string {
  try {
    const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    return typeof member === 'string' ? member : '';
  } catch {
    return '';
  }
}
