import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareReasoning,
  prepareSpace,
  type Embedder,
  type ReasoningRun,
  type StepSpace,
} from '../../src/drift/index.js';
import { reportMinP, scoresOf } from './minP.js';

interface Reruns {
  /** Task → trial → the assistant's sentences. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly items: readonly {
    readonly task: number;
    readonly trial: number;
    readonly s: string;
    readonly muts: Readonly<Record<string, string>>;
  }[];
}

const run = (steps: readonly string[]): ReasoningRun => ({ outcome: '', steps, actions: [] });

/** One sentence of a real agent, unchanged or changed, against the three other runs of its task (K = 3). */
export async function benchReruns(data: string, embedder: Embedder): Promise<string[]> {
  const { runs, items } = JSON.parse(readFileSync(join(data, 'tau-rerun-steps-tasks-0-24.json'), 'utf8')) as Reruns;
  const control = Object.values(runs).map((trials) => Object.values(trials).map(run));
  const changed = items.flatMap((item) => Object.values(item.muts));
  const { space } = await prepareSpace(control, [run([...changed, ...items.map((item) => item.s)])], { embedder });
  const scored = items.flatMap((item) => {
    const others = Object.entries(runs[String(item.task)] ?? {}).filter(([trial]) => trial !== String(item.trial));
    const baseline = others.map(([, steps]) => steps);
    const score = (kind: string | null, step: string) => ({
      kind,
      task: item.task,
      scores: scoresOf(compareReasoning(nearestOf(baseline, step, space), run([step]), space).channels),
    });
    return [score(null, item.s), ...Object.entries(item.muts).map(([kind, step]) => score(kind, step))];
  });
  return reportMinP('re-run steps, K = 3', scored);
}

/** Of each run the one step that supports this step best: the rest of a conversation is not what is measured. */
function nearestOf(baseline: readonly (readonly string[])[], step: string, space: StepSpace): ReasoningRun[] {
  const view = space.read(step);
  return baseline.map((steps) => {
    const costs = steps.map((other) => space.cost(view, space.read(other)));
    const best = steps[costs.indexOf(Math.min(...costs))];
    return run(best === undefined ? [] : [best]);
  });
}
