import { decidePart } from './capture/part.js';
import { currentScope, type Scope } from './scope.js';
import type { Current, DecideOptions, PartOptions } from './types.js';

/** The decision under way, or undefined outside one. */
export function current(): Current | undefined {
  const scope = currentScope();
  return scope === undefined ? undefined : handle(scope);
}

/**
 * Two uses. With an outcome: says the decision of the run under way; outside one it says nothing to nobody. With options and a function: one
 * of several decisions of a run, with the outcome that is said in the function or that it returns.
 */
export function decide(outcome: string, options?: DecideOptions): void;
export function decide<T>(part: PartOptions, fn: () => T): T;
export function decide(what: string | PartOptions, how?: DecideOptions | (() => unknown)): unknown {
  if (typeof how === 'function') return decidePart(what as PartOptions, how);
  currentScope()?.notebook.decide(what, how);
  return undefined;
}

const handle = ({ run, notebook }: Scope): Current => ({
  decision: run.decision,
  now: () => run.now(),
  random: () => run.random(),
  id: () => run.id(),
  step: (text) => notebook.step(text),
  alternative: (alternative) => notebook.alternative(alternative),
  decide: (outcome, options) => notebook.decide(outcome, options),
});
