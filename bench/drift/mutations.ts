import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareReasoning, prepareSpace, type Embedder, type ReasoningRun } from '../../src/drift/index.js';
import { reportMinP, scoresOf } from './minP.js';

interface Row {
  readonly task: number;
  readonly kind: string;
  readonly meaningChanged: boolean;
  readonly a: string;
  readonly b: string;
}

const run = (step: string): ReasoningRun => ({ outcome: '', steps: [step], actions: [] });

/** Rule-made paraphrases against paraphrase + one change of meaning. */
export async function benchMutations(data: string, embedder: Embedder): Promise<string[]> {
  const rows = readFileSync(join(data, 'mutation-pairs-tasks-0-24.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const control = [...new Set(rows.map((row) => row.a))].map((step) => [run(step)]);
  const { space } = await prepareSpace(
    control,
    rows.map((row) => run(row.b)),
    { embedder },
  );
  const items = rows.map((row) => ({
    kind: row.meaningChanged ? row.kind : null,
    task: row.task,
    scores: scoresOf(compareReasoning([run(row.a)], run(row.b), space).channels),
  }));
  return reportMinP('mutation pairs', items);
}
