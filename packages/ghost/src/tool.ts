import type { EffectClass } from '@tenet-ledger/record';
import { takeArguments } from './callKey.js';
import { ReplayRefusal } from './replayRefusal.js';
import { currentScope, shared, type ToolCall } from './scope.js';
import type { AnyFunction, ToolOptions } from './types.js';

type Loose = (this: unknown, ...args: unknown[]) => unknown;

const AsyncFunction = (async () => undefined).constructor;
const EFFECTS: ReadonlySet<string> = new Set(['pure', 'read', 'write', 'irreversible']);

/** Declares a tool. Outside a run the call goes straight through; the declaration costs nothing. */
export function tool<F extends AnyFunction>(name: string, options: ToolOptions<F>, fn: F): F {
  const body = fn as unknown as Loose;
  const declared = options as unknown as ToolOptions<Loose>;
  const effect: EffectClass = EFFECTS.has(options.effect) ? options.effect : 'unknown';
  const isAsync = options.async ?? fn instanceof AsyncFunction;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const scope = currentScope();
    if (scope === undefined) {
      // A process that only replays never runs a tool on nobody's behalf.
      if (shared.replayProcess !== undefined)
        throw new ReplayRefusal('replay.stray_call', `${name} was called outside a decision`);
      return body.apply(this, args);
    }
    // Inside a taped call nothing is taped; the call is not worth a snapshot.
    if (scope.insideCall && scope.run.mode === 'capture') return body.apply(this, args);
    return scope.run.tool(scope, toolCall(this, args, scope.run.mode));
  };
  const toolCall = (self: unknown, args: unknown[], mode: 'capture' | 'replay'): ToolCall => {
    return {
      name,
      effect,
      ...takeArguments(args, mode, declared.key && (() => declared.key?.(...args))),
      isAsync,
      run: () => body.apply(self, args),
      ...(declared.stub && { stub: () => declared.stub?.(...args) }),
      ...(declared.asOf && { pinned: (at: string) => body.apply(self, declared.asOf?.(at, ...args) ?? args) }),
    };
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  return wrapped as unknown as F;
}
