import { completeOptions, specOf, type CompleteOptions } from './agentSpec.js';
import { captureCall } from './capture/captureCall.js';
import { watchOutbound } from './capture/outbound.js';
import { Notebook } from './notebook.js';
import { currentScope, shared } from './scope.js';
import type { AgentOptions, AnyFunction } from './types.js';

const AGENT = Symbol.for('tenet.ghost.agent');

/** What a wrapped function carries, so that an agent worker can find and re-run it. */
export interface AgentMetadata {
  readonly options: CompleteOptions;
  readonly fn: AnyFunction;
}

export function agentOf(value: unknown): AgentMetadata | undefined {
  return typeof value === 'function' ? (value as { [AGENT]?: AgentMetadata })[AGENT] : undefined;
}

/** Wraps an agent's function; parameters, `this`, result and errors stay its own. */
export function agent<F extends AnyFunction>(options: AgentOptions<F>, fn: F): F {
  watchOutbound();
  const complete = completeOptions(options);
  const spec = specOf(complete);
  const call = fn as unknown as (this: unknown, ...args: unknown[]) => unknown;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const scope = currentScope();
    const body = (): unknown => call.apply(this, args);
    // In a replay the agent under test answers for its nested agents: they share its tape and decide nothing of their own.
    if (scope?.run.mode === 'replay')
      return shared.scopes.run({ run: scope.run, notebook: new Notebook(), insideCall: scope.insideCall }, body);
    return captureCall(spec, args, scope, body);
  };
  Object.defineProperty(wrapped, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: fn.length, configurable: true });
  const metadata: AgentMetadata = { options: complete, fn };
  Object.defineProperty(wrapped, AGENT, { value: metadata });
  return wrapped as unknown as F;
}
