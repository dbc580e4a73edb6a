import type { Command } from 'commander';
import type { ReplayRequest } from '../../../activities/index.js';
import type { ReplayOnceOutput } from '../../../workflows/replayOnce.js';
import { EXIT } from '../../errors/index.js';
import type { ListQuery } from '../../ledger/index.js';
import { agentVersion } from '../agentVersion.js';
import { openContext } from '../context.js';
import { interruptible, unlessAborted } from '../interrupt.js';
import { amount, atLeastOne, whole } from '../numberOptions.js';
import { replayCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { runLines } from '../render/run.js';
import type { Stack } from '../../runtime/index.js';
import { asCalled } from '../called.js';

export interface ReplayRunOptions {
  readonly candidate: string;
  readonly baseline?: string;
  readonly type?: string;
  readonly session?: string;
  readonly size: number;
  readonly seed: number;
  readonly repeats: number;
  readonly live?: boolean;
  readonly liveReads?: boolean;
  readonly timeout: number;
  readonly serve?: readonly string[];
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly maxCost?: number;
}

export function registerReplayRun(program: Command): void {
  const command = replayCommand(program)
    .command('run')
    .description('re-run recorded decisions by one version, without a verdict')
    .requiredOption('--candidate <version>', 'version that re-runs them, name@1.1.0 or 1.1.0')
    .option('--baseline <version>', 'version that decided them; the newest recorded one of the same name when absent')
    .option('--type <type>', 'decision type; that of the newest decision when absent')
    .option('--session <id>', 'only decisions of this session')
    .option('--size <n>', 'how many to draw', atLeastOne, 100)
    .option('--seed <n>', 'draws them', whole, 1)
    .option('--repeats <n>', 're-runs of each', atLeastOne, 1)
    .option('--live', 'model calls are made, by the candidate’s own model; else they come from the tape')
    .option('--live-reads', 'reads that the tape lacks may run live')
    .option('--timeout <ms>', 'longest time of one re-run', atLeastOne, 5_000)
    .option('--serve <file...>', 'agent modules to serve meanwhile')
    .option('--max-calls <n>', 'hard stop by live model calls', whole)
    .option('--max-tokens <n>', 'hard stop by tokens of live model calls', whole)
    .option('--max-cost <amount>', 'hard stop by cost', amount)
    .action(async (options: ReplayRunOptions, self: Command) => {
      const { config, output } = await openContext(self);
      const { assertPriced, startStack } = await import('../../runtime/index.js');
      assertPriced(config, { model: options.live === true ? 'live' : 'tape', maxCost: options.maxCost ?? null });
      const progress = createProgress('replay');
      await interruptible(async (signal) => {
        const stack = await startStack(config, {
          signal,
          onProgress: ({ message }) => progress.say(message),
          onNotice: (line) => output.note(line),
        });
        try {
          for (const file of options.serve ?? []) await stack.serveAgent(file);
          const request = await replayRequest(stack.platform.ledger, options);
          signal.throwIfAborted();
          const { runId, status } = await unlessAborted(signal, runOnce(stack, request, progress));
          progress.end();
          const { getRun, loadRun } = await import('../views/loadGate.js');
          const { platform, stores } = stack;
          const open = { platform, stores, signal };
          const view = await loadRun(open, await getRun(open, runId));
          output.result(view, () => [...runLines(view, output), '', asCalled(`next: tenet replay show ${runId}`)]);
          process.exitCode = status === 'done' ? EXIT.ok : status === 'failed' ? EXIT.error : EXIT.inconclusive;
        } finally {
          progress.end();
          await stack.stop();
        }
      });
    });
  withExamples(
    command,
    'tenet replay run --candidate underwriter@1.1.0 --size 50 --serve dist/examples/underwriting/underwriter-1.1.0.js',
  ).addHelpText(
    'after',
    '\nExit: 0 all re-runs have a result · 5 stopped by budget, or no worker came · 1 the run failed',
  );
}

async function runOnce(
  stack: Stack,
  request: ReplayRequest,
  progress: ReturnType<typeof createProgress>,
): Promise<ReplayOnceOutput> {
  const { PLATFORM_QUEUE, replayWorkflowId } = await import('../../../workflows/ids.js');
  const { contentId } = await import('../../replay/index.js');
  const { appErrorOf } = await import('../../runtime/index.js');
  const { tenant } = stack.platform;
  const workflowId = replayWorkflowId(tenant, contentId('run_', request));
  progress.say(`workflow ${workflowId}`);
  const handle = await stack.temporal.workflow.start('replayOnceWorkflow', {
    taskQueue: PLATFORM_QUEUE,
    workflowId,
    args: [{ tenant, request }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  try {
    return (await handle.result()) as ReplayOnceOutput;
  } catch (error) {
    throw appErrorOf(error) ?? error;
  }
}

interface Decisions {
  listDecisions(query: ListQuery): Promise<{ readonly items: readonly { agent: string; type: string }[] }>;
}

/** Which decisions are drawn, and who re-runs them: what was not said follows from the newest decision that fits. */
export async function replayRequest(ledger: Decisions, options: ReplayRunOptions): Promise<ReplayRequest> {
  const { size, seed, repeats, timeout, session = null } = options;
  const newest = await newestOf(ledger, options);
  const named = agentVersion(newest.agent.slice(0, newest.agent.lastIndexOf('@')));
  return {
    baseline: options.baseline === undefined ? newest.agent : named(options.baseline),
    candidate: named(options.candidate),
    type: options.type ?? newest.type,
    session,
    size,
    seed,
    repeats,
    model: options.live === true ? 'live' : 'tape',
    liveReads: options.liveReads === true,
    timeoutMs: timeout,
    maxCalls: options.maxCalls ?? null,
    maxCost: options.maxCost ?? null,
    ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
  };
}

/** The newest decision that is meant: it says which agent a version without a name is of, and of which type. */
async function newestOf(
  ledger: Decisions,
  { baseline, candidate, type, session }: ReplayRunOptions,
): Promise<{ readonly agent: string; readonly type: string }> {
  const { AppError } = await import('../../errors/index.js');
  const name = candidate.includes('@') ? candidate.slice(0, candidate.lastIndexOf('@')) : undefined;
  const agent = baseline?.includes('@') === true ? baseline : name;
  const { items } = await ledger.listDecisions({
    limit: 1,
    ...(agent === undefined ? {} : { agent }),
    ...(type === undefined ? {} : { type }),
    ...(session === undefined ? {} : { session }),
  });
  const [newest] = items;
  if (newest !== undefined) return newest;
  throw new AppError('cohort.empty', `no decision${agent === undefined ? '' : ` of ${agent}`} is recorded`, {
    field: baseline === undefined ? '--candidate' : '--baseline',
    expected: 'recorded decisions to re-run',
    fix: 'see what there is: tenet decision list',
  });
}
