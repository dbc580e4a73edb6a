import {
  currentScope,
  isThenable,
  observe,
  shared,
  type CallOutcome,
  type ModelCall,
  type Run,
  type Scope,
  type ToolCall,
} from '../scope.js';
import { Tape, type TapeStart } from './tape.js';

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

/** Does every call and tapes it. A nested agent's calls go on the tapes of the agents around it as well. */
export class CaptureRun implements Run {
  readonly mode = 'capture';
  readonly tape: Tape;
  readonly models: ModelUse[] = [];
  /** Hosts that were called past the tape. */
  readonly untaped = new Set<string>();
  readonly #sources: RunSources;
  readonly #tapes: readonly CaptureRun[];

  /** `decision`: the id that this run's record will have. */
  constructor(
    readonly decision: string,
    sources: RunSources,
    outer?: CaptureRun,
  ) {
    this.#sources = sources;
    this.#tapes = [this, ...(outer === undefined ? [] : outer.#tapes)];
    this.tape = new Tape(sources.elapsed);
  }

  tool(scope: Scope, call: ToolCall): unknown {
    if (scope.insideCall) return call.run();
    const outcome = this.#start(
      { kind: 'tool', name: call.name, effect: call.effect, key: call.key, args: call.args },
      call.chars,
    );
    this.#damage(`arguments of ${call.name}`, call.notes);
    // What a pure tool calls is taped too: replay runs it again and has to answer those calls.
    return this.#settle(call.effect === 'pure' ? scope : { ...scope, insideCall: true }, outcome, () => call.run());
  }

  model(scope: Scope, call: ModelCall): unknown {
    if (scope.insideCall) return call.invoke();
    const open = this.#start(
      { kind: 'model', name: call.endpoint, effect: 'read', key: call.key, args: call.args },
      call.chars,
    );
    this.#damage(`request of ${call.endpoint}`, call.notes);
    const asked = call.model;
    const outcome: CallOutcome = {
      finish: (answer) => {
        const answered = textMember(answer, 'model');
        for (const run of this.#tapes) run.models.push({ asked, answered });
        open.finish(answer);
      },
      fail: (error) => open.fail(error),
    };
    let answer: unknown;
    try {
      answer = shared.scopes.run({ ...scope, insideCall: true }, () => call.invoke());
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

  #value<T extends number | string>(kind: 'clock' | 'random' | 'id', value: T): T {
    if (currentScope()?.insideCall !== true) {
      this.#start({ kind, name: kind, effect: 'pure', key: kind, args: [] }).finish(value);
    }
    return value;
  }

  #start(call: TapeStart, chars = 0): CallOutcome {
    if (this.#tapes.length === 1) return this.tape.start(call, chars);
    const open = this.#tapes.map((run) => run.tape.start(call, chars));
    return {
      finish: (result) => open.forEach((one) => one.finish(result)),
      fail: (error) => open.forEach((one) => one.fail(error)),
    };
  }

  #damage(where: string, notes: readonly string[]): void {
    for (const note of notes) for (const run of this.#tapes) run.tape.damage(`${where}: ${note}`);
  }

  #settle(scope: Scope, outcome: CallOutcome, call: () => unknown): unknown {
    let result: unknown;
    try {
      result = shared.scopes.run(scope, call);
    } catch (error) {
      outcome.fail(error);
      throw error;
    }
    if (isThenable(result)) return observe(result, outcome.finish, outcome.fail);
    outcome.finish(result);
    return result;
  }
}

function textMember(value: unknown, name: string): string {
  const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof member === 'string' ? member : '';
}
