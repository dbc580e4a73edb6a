import type { Json, TapeEntry } from '@tenet-ledger/record';
import { takeValues } from '../callKey.js';
import { textOf } from '../jsonText.js';
import { served } from '../openai/answers.js';
import { defaultRedactor, type Redactor } from '../redact/index.js';
import { ReplayRefusal } from '../replayRefusal.js';
import {
  insideOf,
  isThenable,
  observe,
  shared,
  type ModelCall,
  type Run,
  type Scope,
  type ToolCall,
} from '../scope.js';
import { Draws } from './draws.js';
import { LiveTape } from './liveTape.js';
import { readModelError } from './modelError.js';
import { nearestCall } from './nearest.js';
import { TapedError } from './tapedError.js';
import { TapePool, type Match } from './tapePool.js';
import type { LanePolicy, ProposedAction, Refusal, ReplayItem, ReplayOptions } from './types.js';
import { unroll } from './unroll.js';
import { addUsage, type Usage } from './usage.js';

const MAX_FINDINGS = 20;

/** One re-run: answers calls from the tape by their effect class, and ends for good at the first call it can't answer. */
export class ReplayRun implements Run {
  readonly mode = 'replay';
  readonly decision: string;
  /** Settles when the re-run is refused. */
  readonly ended: Promise<void>;
  readonly calls = { served: 0, run: 0, refused: 0, model: 0 };
  readonly usage: Usage = { promptTokens: 0, completionTokens: 0, cost: 0 };
  readonly proposed: ProposedAction[] = [];
  readonly live: LiveTape;
  /** The rules of the capture: applied to what is asked for before it is matched, and to what leaves here. */
  readonly redactor: Redactor;
  readonly #findings = new Set<string>();
  readonly #pool: TapePool;
  readonly #draws: Draws;
  readonly #at: number;
  readonly #item: ReplayItem;
  readonly #policy: LanePolicy;
  readonly #options: ReplayOptions;
  #refusal: Refusal | null = null;
  #closed = false;
  #clock = 0;
  #end: () => void = () => undefined;

  constructor(item: ReplayItem, policy: LanePolicy, options: ReplayOptions, elapsed: () => number) {
    this.decision = item.decision;
    this.#item = item;
    this.#policy = policy;
    this.#options = options;
    this.redactor = options.redactor ?? defaultRedactor();
    this.#pool = new TapePool(item.tape, this.redactor);
    this.#draws = new Draws(item.seed);
    this.#at = Date.parse(item.occurredAt);
    if (Number.isNaN(this.#at)) throw new TypeError('occurredAt is not a time');
    this.live = new LiveTape(elapsed);
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Nothing that the agent still does counts, and nothing is answered any more. */
  close(): void {
    this.#closed = true;
  }

  /** The first refusal stands, whatever the agent makes of the error. Also for guards outside: the fence. */
  refuse(refusal: Refusal): ReplayRefusal {
    if (this.#refusal === null && !this.#closed) {
      this.#refusal = refusal;
      this.calls.refused += 1;
      this.#end();
    }
    return new ReplayRefusal(refusal.code, refusal.message);
  }

  note(finding: string): void {
    if (!this.#closed && this.#findings.size < MAX_FINDINGS) this.#findings.add(finding);
  }

  /** In a fixed order: they are part of the signed result. */
  findings(): readonly string[] {
    const { disorder } = this.#pool;
    if (disorder !== undefined) this.note(`order: ${disorder} came in another order than recorded`);
    if (this.#refusal === null) for (const name of this.#pool.unused()) this.note(`not called: ${name}`);
    return [...this.#findings].sort();
  }

  tool(scope: Scope, call: ToolCall): unknown {
    if (!call.isAsync) return this.#tool(scope, call);
    // An async tool rejects where a plain one throws.
    return (async () => this.#tool(scope, call))();
  }

  #tool(scope: Scope, call: ToolCall): unknown {
    this.#guard();
    const { name } = call;
    const effect = this.#pool.effectOf(name, call.effect);
    if (effect !== call.effect && call.effect !== 'unknown')
      this.note(`effect: ${name} declares ${call.effect}, recorded ${effect}`);
    if (effect === 'pure') {
      this.calls.run += 1;
      return shared.scopes.run(scope, () => call.run());
    }
    const { key, args } = takeValues(call.args, this.redactor, call.declaredKey);
    const asked: Asked = { name, key, args };
    if (effect === 'unknown')
      throw this.#refuseCall('replay.unknown_effect', 'tool', asked, 'its effect is not declared');
    const match = this.#pool.take('tool', name, key);
    if (effect === 'read')
      return match === undefined ? this.#read(scope, call, asked) : this.#answer(match, 'tool', asked);
    this.proposed.push({ ...asked, effect });
    if (match !== undefined) return this.#answer(match, 'tool', asked);
    const { stub } = call;
    if (stub === undefined)
      throw this.#refuseCall(
        'replay.no_tape',
        'tool',
        asked,
        `it is ${effect}: not run, not recorded, and has no stub`,
      );
    this.calls.served += 1;
    this.note(`stub: ${name}`);
    return shared.scopes.run(scope, stub);
  }

  #read(scope: Scope, call: ToolCall, asked: Asked): unknown {
    const { pinned } = call;
    const missing = (why: string): ReplayRefusal =>
      this.#refuseCall('replay.no_tape', 'tool', asked, `the tape has no such call and ${why}`);
    if (!this.#policy.liveReads) throw missing('the lane reads nothing live');
    if (pinned === undefined) throw missing('the tool declares no asOf to read it as of then');
    this.calls.run += 1;
    const { key, args } = asked;
    const outcome = this.live.start({ head: call.head, name: call.name, key, args: textOf(args) });
    let result: unknown;
    try {
      result = shared.scopes.run(insideOf(scope), () => pinned(this.#item.occurredAt));
    } catch (error) {
      outcome.fail(error);
      throw error;
    }
    if (isThenable(result)) return observe(result, outcome);
    outcome.finish(result);
    return result;
  }

  model(scope: Scope, call: ModelCall): unknown {
    return served(this.#policy.model === 'live' ? this.#liveModel(scope, call) : this.#tapedModel(call));
  }

  async #tapedModel(call: ModelCall): Promise<unknown> {
    this.#guard();
    const { key, args } = takeValues(call.args, this.redactor);
    const asked = { name: call.endpoint, key, args };
    const match = this.#pool.take('model', call.endpoint, key);
    if (match === undefined)
      throw this.#refuseCall(
        'replay.no_tape',
        'model',
        asked,
        'the tape has no such request and the lane calls no model',
      );
    const answer = this.#answer(match, 'model', asked) as Json;
    return call.streamed ? unroll(call.endpoint, answer) : answer;
  }

  async #liveModel(scope: Scope, call: ModelCall): Promise<unknown> {
    this.#guard();
    const { takeModelCall, model } = this.#options;
    if (takeModelCall !== undefined && !(await takeModelCall())) {
      throw this.refuse({ code: 'replay.budget', tool: call.endpoint, message: 'no model call is left in the budget' });
    }
    this.#guard();
    this.calls.model += 1;
    const { key, args } = takeValues(call.args, this.redactor);
    const open = this.live.start({ head: call.head, name: call.endpoint, key, args: textOf(args) });
    const outcome = {
      finish: (answer: unknown): void => {
        if (!this.#closed) addUsage(this.usage, answer, model?.price);
        open.finish(answer);
      },
      fail: (error: unknown): void => open.fail(error),
    };
    try {
      // The library reads the answer where it is awaited: that too is inside the call.
      return await shared.scopes.run(insideOf(scope), async () => call.watch(call.invoke(model), outcome));
    } catch (error) {
      outcome.fail(error);
      throw this.#modelFailed(call, error);
    }
  }

  /** A model that can't be reached says nothing about the agent: the decision is to be run again, not counted as changed. */
  #modelFailed(call: ModelCall, error: unknown): unknown {
    const { unavailable, retryAfterMs } = readModelError(error);
    if (!unavailable || this.#refusal !== null) return error;
    this.#options.onModelUnavailable?.(retryAfterMs);
    const message = `the model endpoint failed: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown error'}`;
    return this.refuse({ code: 'replay.model_unavailable', tool: call.endpoint, message });
  }

  now(): number {
    this.#guard();
    const match = this.#pool.take('clock', 'clock', 'clock');
    if (match !== undefined && !match.again && typeof match.entry.result === 'number') {
      this.#clock = match.entry.result;
      return this.#clock;
    }
    this.note('clock: read more often than recorded');
    this.#clock = Math.max(this.#clock, this.#at) + 1;
    return this.#clock;
  }

  random(): number {
    this.#guard();
    if (this.#policy.randomness === 'fresh') return this.#draws.random();
    const match = this.#pool.take('random', 'random', 'random');
    if (match !== undefined && !match.again && typeof match.entry.result === 'number') return match.entry.result;
    throw this.refuse({
      code: 'replay.no_tape',
      tool: 'random',
      message: 'more random numbers are drawn than were recorded',
    });
  }

  id(): string {
    this.#guard();
    const match = this.#pool.take('id', 'id', 'id');
    if (match !== undefined && !match.again && typeof match.entry.result === 'string') return match.entry.result;
    this.note('id: more ids were made than recorded');
    return this.#draws.id();
  }

  #guard(): void {
    if (this.#refusal !== null) throw new ReplayRefusal(this.#refusal.code, this.#refusal.message);
    if (this.#closed) throw new ReplayRefusal('replay.closed', 'this re-run has ended');
  }

  #answer({ entry, again }: Match, kind: TapeEntry['kind'], call: Asked): unknown {
    const { error, result } = entry;
    if (error?.code.startsWith('tape.') === true)
      throw this.#refuseCall('replay.not_kept', kind, call, `the recorded answer was not kept: ${error.message}`);
    this.calls.served += 1;
    if (again) this.note(`again: ${call.name} was called more often than recorded; the last answer was given again`);
    if (error !== undefined) throw new TapedError(error.code, error.message);
    // A copy: the entry may be served again, and agents change what they are given.
    return result === undefined ? undefined : structuredClone(this.redactor.restore(result));
  }

  #refuseCall(code: string, kind: TapeEntry['kind'], call: Asked, why: string): ReplayRefusal {
    const nearest = nearestCall(this.#pool.entries, { kind, ...call });
    return this.refuse({
      code,
      tool: call.name,
      key: call.key,
      ...(nearest !== undefined && { nearest }),
      message: `${call.name}: ${why}`,
    });
  }
}

interface Asked {
  readonly name: string;
  readonly key: string;
  readonly args: Json;
}
