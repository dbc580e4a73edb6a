import type { DecisionRuns, ReasoningRun } from '../../../src/drift/types.js';
import { fill, pick, seeded, shuffled, type AgentModel, type Reason } from './agentModel.js';

export type Change =
  | 'none'
  | 'reworded'
  /** One reason gives way to one the agent gives in other cases, in its own wording. */
  | 'swap-known'
  /** … to one the agent never gave. */
  | 'swap-foreign'
  /** … to a foreign one, and everything else is said in new words too. */
  | 'swap-reworded'
  | 'number';

export interface Simulated {
  readonly runs: DecisionRuns;
  readonly affected: boolean;
  /** What was said and what is said instead. */
  readonly swapped: readonly [string, string] | null;
}

/** `share` of the decisions are affected by the change; 'reworded' touches all. K baseline runs and one candidate run each. */
export function simulate(
  agent: AgentModel,
  change: Change,
  options: { seed: number; decisions: number; repeats?: number; share?: number },
): Simulated[] {
  const random = seeded(options.seed);
  const factors = new Map(agent.factors.map((factor) => [factor.id, factor]));
  const cases = Array.from({ length: options.decisions }, () => agent.draw(random));
  const say = (reason: Reason, set: 'base' | 'reworded'): string =>
    fill(pick(random, factors.get(reason.factor)?.[set] ?? []), reason.values);
  const order = (steps: string[]): string[] =>
    random() < 0.5 ? steps : [steps[0] as string, ...shuffled(random, steps.slice(1))];
  return cases.map(({ outcome, reasons }, index) => {
    const run = (steps: string[]): ReasoningRun => ({ outcome, steps: order(steps), actions: [] });
    const baseline = Array.from({ length: options.repeats ?? 3 }, () =>
      run(reasons.map((reason) => say(reason, 'base'))),
    );
    const affected = change !== 'none' && change !== 'reworded' && random() < (options.share ?? 0.4);
    const words = change === 'reworded' || change === 'swap-reworded' ? 'reworded' : 'base';
    const steps = reasons.map((reason) => say(reason, words));
    let swapped: readonly [string, string] | null = null;
    if (affected) {
      const usable = steps.flatMap((step, at) => (change !== 'number' || /\d/.test(step) ? [at] : []));
      const at = pick(random, usable);
      const before = steps[at] as string;
      const after = changed(before);
      steps[at] = after;
      swapped = [before, after];
    }
    return { runs: { decision: `dec_${index}`, baseline, candidate: [run(steps)] }, affected, swapped };

    function changed(reason: string): string {
      if (change === 'number') return otherNumber(reason);
      if (change !== 'swap-known')
        return fill(pick(random, agent.foreign), {
          y: 20 + Math.floor(random() * 30),
          k: 2 + Math.floor(random() * 5),
        });
      const given = new Set(reasons.map((reason) => reason.factor.split('.')[0]));
      for (;;) {
        const other = pick(random, pick(random, cases).reasons);
        if (!given.has(other.factor.split('.')[0])) return say(other, 'base');
      }
    }
    function otherNumber(text: string): string {
      const numbers = [...text.matchAll(/\d[\d,]*/g)];
      const target = pick(random, numbers);
      const value = Number(target[0].replaceAll(',', ''));
      const next = (value + Math.max(1, Math.round(value * (0.1 + random())))).toLocaleString('en');
      return text.slice(0, target.index) + next + text.slice(target.index + target[0].length);
    }
  });
}
