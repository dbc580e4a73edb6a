import { currentScope, type Scope } from './scope.js';
import type { Current, DecideOptions } from './types.js';

/** The decision under way, or undefined outside one. */
export function current(): Current | undefined {
  const scope = currentScope();
  return scope === undefined ? undefined : handle(scope);
}

/** Says the decision of the run under way; outside one it says nothing to nobody. */
export function decide(outcome: string, options?: DecideOptions): void {
  currentScope()?.notebook.decide(outcome, options);
}

const handle = ({ run, notebook }: Scope): Current => ({
  now: () => run.now(),
  random: () => run.random(),
  id: () => run.id(),
  step: (text) => notebook.step(text),
  alternative: (alternative) => notebook.alternative(alternative),
  decide: (outcome, options) => notebook.decide(outcome, options),
});
