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
  | 'number'
  /** Two reasons in one sentence, in the baseline's words. */
  | 'merged';

export interface Simulated {
  readonly runs: DecisionRuns;
  readonly affected: boolean;
  /** What was said and what is said instead. */
  readonly swapped: readonly [string, string] | null;
}

export interface SimulateOptions {
  readonly seed: number;
  readonly decisions: number;
  readonly repeats?: number;
  /** Share of the decisions that a swap or a changed number affects. */
  readonly share?: number;
  /** Every run, of both versions, draws from all wordings, leaves reasons out and now and then gets a number wrong. */
  readonly noisy?: boolean;
}

type Random = () => number;

/** K baseline runs and one candidate run for each of the agent's cases. */
export function simulate(agent: AgentModel, change: Change, options: SimulateOptions): Simulated[] {
  const random = seeded(options.seed);
  const cases = Array.from({ length: options.decisions }, () => agent.draw(random));
  const say = speaker(agent, random, options.noisy === true);
  return cases.map(({ outcome, reasons }, index) => {
    const run = (steps: string[]): ReasoningRun => ({ outcome, steps, actions: [] });
    const baseline = Array.from({ length: options.repeats ?? 3 }, () => run(inOrder(say(reasons, false), random)));
    const steps = say(reasons, change === 'reworded' || change === 'swap-reworded');
    let swapped: readonly [string, string] | null = null;
    if (change === 'merged') merge(steps);
    else if (change !== 'none' && change !== 'reworded' && random() < (options.share ?? 0.4)) {
      swapped = affect(
        steps,
        change,
        random,
        () => {
          const given = new Set(reasons.map(({ factor }) => factor.split('.')[0]));
          for (;;) {
            const other = pick(random, pick(random, cases).reasons);
            if (!given.has(other.factor.split('.')[0])) return say([other], false)[0] as string;
          }
        },
        agent,
      );
    }
    const candidate = [run(inOrder(steps, random))];
    return { runs: { decision: `dec_${index}`, baseline, candidate }, affected: swapped !== null, swapped };
  });
}

function speaker(
  agent: AgentModel,
  random: Random,
  noisy: boolean,
): (reasons: readonly Reason[], anew: boolean) => string[] {
  const factors = new Map(agent.factors.map((factor) => [factor.id, factor]));
  return (reasons, anew) =>
    reasons.flatMap((reason, at) => {
      const factor = factors.get(reason.factor);
      if (factor === undefined) throw new Error(`no factor ${reason.factor}`);
      const wordings = noisy ? [...factor.base, ...factor.reworded] : anew ? factor.reworded : factor.base;
      const step = fill(pick(random, wordings), reason.values);
      if (noisy && at > 0 && random() < 0.2) return [];
      return [noisy && random() < 0.03 ? otherNumber(step, random) : step];
    });
}

/** The first step stays first in half of the runs. */
function inOrder(steps: readonly string[], random: Random): string[] {
  return random() < 0.5 ? [...steps] : shuffled(random, steps);
}

function merge(steps: string[]): void {
  if (steps.length < 3) return;
  const [a, b] = steps.splice(1, 2) as [string, string];
  steps.push(`${a.replace(/\.$/, '')}, and ${b.charAt(0).toLowerCase()}${b.slice(1)}`);
}

function affect(
  steps: string[],
  change: Change,
  random: Random,
  known: () => string,
  agent: AgentModel,
): [string, string] {
  const usable = steps.flatMap((step, at) => (change !== 'number' || /\d/.test(step) ? [at] : []));
  const at = pick(random, usable);
  const before = steps[at] as string;
  const foreign = (): string =>
    fill(pick(random, agent.foreign), { y: 20 + Math.floor(random() * 30), k: 2 + Math.floor(random() * 5) });
  const after = change === 'number' ? otherNumber(before, random) : change === 'swap-known' ? known() : foreign();
  steps[at] = after;
  return [before, after];
}

function otherNumber(text: string, random: Random): string {
  const numbers = [...text.matchAll(/\d[\d,]*/g)];
  if (numbers.length === 0) return text;
  const target = pick(random, numbers);
  const value = Number(target[0].replaceAll(',', ''));
  const next = (value + Math.max(1, Math.round(value * (0.1 + random())))).toLocaleString('en');
  return text.slice(0, target.index) + next + text.slice(target.index + target[0].length);
}
