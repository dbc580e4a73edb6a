import type { EffectClass } from '@tenet-ledger/record';
import { headOf } from './capture/tape.js';
import { ReplayRefusal } from './replayRefusal.js';
import { currentScope, shared, type ToolCall } from './scope.js';
import type { AnyFunction, ToolOptions } from './types.js';

type Loose = (this: unknown, ...args: unknown[]) => unknown;

const AsyncFunction = (async () => undefined).constructor;
const EFFECTS: ReadonlySet<string> = new Set(['pure', 'read', 'write', 'irreversible']);

/** Declares a tool. Outside a run the call goes straight through; the declaration costs nothing. */
export function tool<F extends AnyFunction>(name: string, options: ToolOptions<F>, fn: F): F {
  const spec = specOf(String(name), options as unknown as ToolOptions<Loose>, fn as unknown as Loose);
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const scope = currentScope();
    if (scope === undefined) {
      // A process that only replays never runs a tool on nobody's behalf.
      if (shared.replayProcess !== undefined)
        throw new ReplayRefusal('replay.stray_call', `${name} was called outside a decision`);
      return spec.body.apply(this, args);
    }
    // Inside a taped call nothing is taped; the call is not worth a snapshot.
    if (scope.insideCall && scope.run.mode === 'capture') return spec.body.apply(this, args);
    return scope.run.tool(scope, new Call(spec, this, args));
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return wrapped as unknown as F;
}

interface ToolSpec {
  readonly name: string;
  readonly effect: EffectClass;
  readonly head: string;
  readonly isAsync: boolean;
  readonly options: ToolOptions<Loose>;
  readonly body: Loose;
}

function specOf(name: string, options: ToolOptions<Loose>, body: Loose): ToolSpec {
  const effect: EffectClass = EFFECTS.has(options.effect) ? options.effect : 'unknown';
  const isAsync = options.async ?? body instanceof AsyncFunction;
  return { name, effect, head: headOf('tool', name, effect), isAsync, options, body };
}

class Call implements ToolCall {
  constructor(
    readonly spec: ToolSpec,
    readonly self: unknown,
    readonly args: unknown[],
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get effect(): EffectClass {
    return this.spec.effect;
  }

  get head(): string {
    return this.spec.head;
  }

  get isAsync(): boolean {
    return this.spec.isAsync;
  }

  get declaredKey(): (() => unknown) | undefined {
    const { key } = this.spec.options;
    return key && (() => key(...this.args));
  }

  run(): unknown {
    return this.spec.body.apply(this.self, this.args);
  }

  get stub(): (() => unknown) | undefined {
    const { stub } = this.spec.options;
    return stub && (() => stub(...this.args));
  }

  get pinned(): ((at: string) => unknown) | undefined {
    const { asOf } = this.spec.options;
    return asOf && ((at) => this.spec.body.apply(this.self, asOf(at, ...this.args)));
  }
}
