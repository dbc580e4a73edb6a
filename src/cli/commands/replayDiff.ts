import type { Command } from 'commander';
import type { GateRow } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { replayCommand, withExamples } from '../parents.js';
import { decisionDiffLines, diffLines, type DiffView } from '../render/diff.js';

interface DiffOptions {
  readonly flips?: boolean;
  /** true: the one that changed most. */
  readonly decision?: string | true;
  readonly all?: boolean;
}

export function registerReplayDiff(program: Command): void {
  const command = replayCommand(program)
    .command('diff')
    .description('what a candidate changed: decisions that flipped or gave other reasons, and in which words')
    .argument('<gate-or-run>', 'gate id (gate_…), `latest`, or the id of one of its runs (run_…)')
    .option('--flips', 'only decisions whose outcome flipped')
    .option('--decision [id]', 'one decision, step by step; without an id, the one that changed most')
    .option('--all', 'every changed decision, not only the first 20')
    .action(async (id: string, options: DiffOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const view = await withPlatform(context, async (open) => loadDiff(open, await gateOf(open, id), options));
      const [first] = view.changes;
      if (options.decision !== undefined && first !== undefined) {
        output.result({ ...view, changes: [first] }, () => decisionDiffLines(view, first, output), first.steps);
      } else {
        output.result(view, () => diffLines(view, output, { all: options.all === true }), view.changes);
      }
    });
  withExamples(
    command,
    'tenet replay diff latest',
    'tenet replay diff latest --flips -o jsonl',
    'tenet replay diff latest --decision',
  );
}

/** A run alone has nothing to be compared with: it stands for the gate that it ran for. */
async function gateOf(open: OpenPlatform, id: string): Promise<GateRow> {
  const { getGate, getRun } = await import('../views/loadGate.js');
  if (!id.startsWith('run_')) return getGate(open, id);
  await getRun(open, id);
  const gates = await open.stores.gates.list(MAX_GATES);
  const gate =
    gates.find(({ candidateRun }) => candidateRun === id) ?? gates.find(({ controlRun }) => controlRun === id);
  if (gate !== undefined) return gate;
  throw new AppError('not_found', `no gate compared run ${id} with another`, {
    field: 'RUN',
    got: id,
    fix: `tenet replay show ${id}`,
  });
}

const MAX_GATES = 1_000;

async function loadDiff(open: OpenPlatform, gate: GateRow, options: DiffOptions): Promise<DiffView> {
  const { loadComparison, mostChanged } = await import('../views/loadGate.js');
  const asked = options.decision === true ? await mostChanged(open, gate) : options.decision;
  const view = await loadComparison(open, gate, (drift) => {
    if (asked !== undefined) return drift.decision === asked;
    return options.flips === true ? drift.flip : drift.flip || drift.verdict !== 'stable';
  });
  if (asked === undefined || view.changes.length > 0) return view;
  throw new AppError('not_found', `gate ${gate.id} has no comparison of ${asked}`, {
    field: '--decision',
    got: asked,
    fix: `it is not in the cohort, or was not replayable: tenet replay diff ${gate.id} --all`,
  });
}
