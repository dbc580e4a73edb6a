import type { Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import type { Finding } from '../../nightly/index.js';
import type { Stack } from '../../runtime/index.js';
import { asCalled } from '../called.js';
import { openContext, withPlatform, type CommandContext, type OpenPlatform } from '../context.js';
import { interruptible, unlessAborted } from '../interrupt.js';
import { atLeastOne, share } from '../numberOptions.js';
import { driftCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { comparisonLines } from '../render/comparison.js';
import { findingLines, scanTable } from '../render/drift.js';
import { scanView, type ComparisonView, type FindingView } from '../views/drift.js';

const DRIFT_EXIT: Readonly<Record<Finding['status'], number>> = {
  'no-evidence': EXIT.ok,
  shift: EXIT.gateFailed,
  inconclusive: EXIT.inconclusive,
};

const EXITS = '\nExit: 0 no evidence of a shift · 3 a shift · 5 inconclusive';

export function registerDriftRun(program: Command): void {
  registerRun(program);
  registerList(program);
  registerShow(program);
  registerCompare(program);
}

interface RunOptions {
  readonly night?: string;
  readonly serve?: readonly string[];
}

function registerRun(program: Command): void {
  const command = driftCommand(program)
    .command('run')
    .description('compute a night now; one that has its finding is computed again and must come out the same')
    .argument('<schedule>', 'its name')
    .option('--night <date>', 'local date or instant at which it closed; a window that closes now when absent')
    .option('--serve <file...>', 'agent modules to serve meanwhile')
    .action(async (name: string, options: RunOptions, self: Command) => {
      const context = await openContext(self);
      const { namedSchedule, nightOf, runScan } = await import('../../runtime/index.js');
      await onStack(context, options.serve ?? [], async (stack, signal) => {
        const { id, spec } = await namedSchedule(stack.stores, name);
        const at = nightOf(spec, options.night, new Date());
        const { scanId, computed } = await unlessAborted(signal, runScan(stack, id, at));
        showFinding(context, { ...(await loadFinding(stack, scanId)), computed });
      });
    });
  withExamples(
    command,
    'tenet drift run underwriting --serve dist/examples/underwriting/underwriter-1.0.0.js',
    'tenet drift run underwriting --night 2026-11-23',
  ).addHelpText('after', EXITS);
}

async function onStack(
  { config, output }: CommandContext,
  serve: readonly string[],
  work: (stack: Stack, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { startStack } = await import('../../runtime/index.js');
  const progress = createProgress('drift');
  await interruptible(async (signal) => {
    const stack = await startStack(config, {
      signal,
      onProgress: ({ message }) => progress.say(message),
      onNotice: (line) => output.note(line),
    });
    try {
      for (const file of serve) await stack.serveAgent(file);
      progress.end();
      await work(stack, signal);
    } finally {
      progress.end();
      await stack.stop();
    }
  });
}

function registerList(program: Command): void {
  const command = driftCommand(program)
    .command('list')
    .description('nights and what was found, newest first')
    .option('--schedule <name>', 'only nights of this schedule')
    .option('--limit <n>', 'how many', atLeastOne, 20)
    .action(async (options: { readonly schedule?: string; readonly limit: number }, self: Command) => {
      const context = await openContext(self);
      const views = await withPlatform(context, async ({ stores }) => {
        const { namedSchedule } = await import('../../runtime/index.js');
        const only = options.schedule === undefined ? null : await namedSchedule(stores, options.schedule);
        const rows = await stores.scans.list(only?.id ?? null, options.limit);
        return Promise.all(
          rows.map(async (row) => scanView(row, (await stores.schedules.get(row.schedule))?.name ?? row.schedule)),
        );
      });
      context.output.result(views, () => scanTable(views), views);
      if (views[0] !== undefined) context.output.note(asCalled(`next: tenet drift show ${views[0].scan}`));
    });
  withExamples(command, 'tenet drift list', 'tenet drift list --schedule underwriting');
}

function registerShow(program: Command): void {
  const command = driftCommand(program)
    .command('show')
    .description('one night’s finding or one comparison, as it is signed; exits as it ended')
    .argument('[id]', 'scan (drf_…) or comparison (cmp_…)', 'latest')
    .action(async (id: string, _options: object, self: Command) => {
      const context = await openContext(self);
      if (id.startsWith('cmp_'))
        return showComparison(context, await withPlatform(context, (open) => loadComparison(open, id)));
      showFinding(
        context,
        await withPlatform(context, async (open) => loadFinding(open, id === 'latest' ? await latest(open) : id)),
      );
    });
  withExamples(command, 'tenet drift show', 'tenet drift show drf_01kav0t7mtx3f4h5j6k7m8n9p0').addHelpText(
    'after',
    EXITS,
  );
}

async function latest({ stores }: Pick<OpenPlatform, 'stores'>): Promise<string> {
  const ended = (await stores.scans.list(null, 20)).find(({ entryId }) => entryId !== null);
  if (ended !== undefined) return ended.id;
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('not_found', 'no night has a finding yet', {
    field: 'ID',
    fix: 'compute one: tenet drift run NAME',
  });
}

type Reading = Pick<OpenPlatform, 'platform'>;

async function loadEntry({ platform }: Reading, id: string) {
  const [view] = await platform.ledger.readDecisions([id]);
  if (view !== undefined && view.entry.kind === 'drift') return view;
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('not_found', `no finding ${id} is signed`, { field: 'ID', fix: 'see them: tenet drift list' });
}

async function loadFinding(open: Reading, id: string): Promise<FindingView> {
  const { readFinding, findingDigest } = await import('../../nightly/index.js');
  const view = await loadEntry(open, id);
  const finding = readFinding(view.fields);
  if (finding !== null) return { ...finding, entry: { id, index: view.idx }, digest: findingDigest(finding) };
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('ledger.disclosure', `the finding ${id} is not whole: its digest does not hold`, { field: 'ID' });
}

async function loadComparison(open: Reading, id: string): Promise<ComparisonView> {
  const { readComparison } = await import('../../nightly/index.js');
  const view = await loadEntry(open, id);
  const comparison = readComparison(view.fields);
  if (comparison !== null) return { ...comparison, entry: { id, index: view.idx } };
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('ledger.disclosure', `the comparison ${id} is not whole: its digest does not hold`, {
    field: 'ID',
  });
}

function showFinding({ output }: CommandContext, view: FindingView): void {
  output.result(view, () => findingLines(view, output));
  process.exitCode = DRIFT_EXIT[view.status];
}

function showComparison({ output }: CommandContext, view: ComparisonView): void {
  output.result(view, () => comparisonLines(view, output));
  process.exitCode = DRIFT_EXIT[view.verdict];
}

interface CompareOptions {
  readonly run: string;
  readonly against: string;
  readonly agent?: string;
  readonly type?: string;
  readonly key?: string;
  readonly alpha: number;
}

function registerCompare(program: Command): void {
  const command = driftCommand(program)
    .command('compare')
    .description('the same cases in two runs of a pipeline, backfills included: outcomes and reasons; signed')
    .requiredOption('--run <id>', 'the orchestrator’s run that is looked at')
    .requiredOption('--against <id>', 'the run it is held against')
    .option('--agent <agent>', 'only decisions of this agent: name, or name@version')
    .option('--type <type>', 'only decisions of this type')
    .option(
      '--key <pointer>',
      'where the case is named, such as /context/inputs/id; found by itself where ids prove it',
    )
    .option('--alpha <share>', 'level over all tests', share, 0.05)
    .action(async ({ run, against, agent, type, key, alpha }: CompareOptions, self: Command) => {
      const context = await openContext(self);
      const { runComparison } = await import('../../runtime/index.js');
      const request = { run, against, agent: agent ?? null, type: type ?? null, key: key ?? null, alpha };
      await onStack(context, [], async (stack, signal) => {
        const { entry } = await unlessAborted(signal, runComparison(stack, request));
        showComparison(context, await loadComparison(stack, entry));
      });
    });
  withExamples(command, 'tenet drift compare --run 8c1f2a --against 77d0be --agent underwriter').addHelpText(
    'after',
    EXITS,
  );
}
