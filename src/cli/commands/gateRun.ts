import type { Command } from 'commander';
import type { GatePolicy } from '../../gate/index.js';
import { agentVersion } from '../agentVersion.js';
import { openContext } from '../context.js';
import { reportGate, reporterOption, type ReporterChoice } from '../gateReport.js';
import { interruptible } from '../interrupt.js';
import { latestBaseline } from '../latestBaseline.js';
import { amount, whole } from '../numberOptions.js';
import { gateCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { readText } from '../readFiles.js';
import type { Stack } from '../../runtime/index.js';

interface GateRunOptions {
  readonly candidate: string;
  readonly baseline?: string;
  readonly session?: string;
  readonly serve?: readonly string[];
  readonly maxCalls?: number;
  readonly maxCost?: number;
  readonly reporter?: readonly ReporterChoice[];
}

const MAX_POLICY_BYTES = 1024 * 1024;

export function registerGateRun(program: Command): void {
  const command = gateCommand(program)
    .command('run')
    .description('re-run recorded decisions by a candidate version and judge it by a policy')
    .argument('<policy>', 'gate policy, a YAML file')
    .requiredOption('--candidate <version>', 'version to judge, 1.1.0 or name@1.1.0')
    .option('--baseline <version>', 'version whose recorded decisions are re-run; the one recorded last when absent')
    .option('--session <id>', 'only decisions of this session')
    .option('--serve <file...>', 'agent modules to serve while the gate runs; other workers may serve them too')
    .option('--max-calls <n>', 'hard stop by live model calls', whole)
    .option('--max-cost <amount>', 'hard stop by cost', amount)
    .addOption(reporterOption())
    .action(async (file: string, options: GateRunOptions, self: Command) => {
      const context = await openContext(self);
      const { parsePolicy } = await import('../../gate/index.js');
      const policy = withBudget(parsePolicy(await readText(file, MAX_POLICY_BYTES, 'policy'), file), options);
      const { assertPriced, startStack } = await import('../../runtime/index.js');
      assertPriced(context.config, { model: policy.lanes.model, maxCost: policy.budget.maxCost });
      const progress = createProgress('gate');
      await interruptible(async (signal) => {
        const stack = await startStack(context.config, {
          signal,
          onProgress: ({ message }) => progress.say(message),
          onNotice: (line) => context.output.note(line),
        });
        try {
          const { loadGate } = await import('../views/loadGate.js');
          const { platform, stores } = stack;
          const ended = await runGate(stack, policy, options, progress, signal);
          progress.end();
          await reportGate(await loadGate({ platform, stores, signal }, ended), context.output, options.reporter);
        } finally {
          progress.end();
          await stack.stop();
        }
      });
    });
  withExamples(
    command,
    'tenet gate run examples/underwriting/gates/underwriter.yaml --candidate 1.0.1 --serve dist/examples/underwriting/underwriter-1.0.0.js dist/examples/underwriting/underwriter-1.0.1.js',
  ).addHelpText(
    'after',
    '\nThe same policy, versions and session are one gate: run again, it shows the verdict it has.\nExit: 0 pass · 3 fail · 5 inconclusive',
  );
}

async function runGate(
  stack: Stack,
  policy: GatePolicy,
  options: GateRunOptions,
  progress: ReturnType<typeof createProgress>,
  signal: AbortSignal,
) {
  const { appErrorOf, awaitGate, judgedBy, requestGate, standingWaiverIds, startGate } =
    await import('../../runtime/index.js');
  const { platform, stores } = stack;
  for (const file of options.serve ?? []) await stack.serveAgent(file);
  const named = agentVersion(policy.agent);
  const candidate = named(options.candidate);
  const baseline =
    options.baseline === undefined
      ? await latestBaseline(stack.platform.ledger, policy, candidate)
      : named(options.baseline);
  const digests = await Promise.all(
    [baseline, candidate].map(async (agent) => (await stores.agents.get(agent))?.digest ?? null),
  );
  const session = options.session ?? null;
  const waivers = await standingWaiverIds(platform.ledger, policy);
  signal.throwIfAborted();
  const gate = await requestGate(platform, stores, {
    policy,
    baseline,
    judgedBy: judgedBy(stack.config, stack.services.embedder),
    candidate,
    session,
    digests: [digests[0] ?? null, digests[1] ?? null],
    waivers,
  });
  // A workflow goes on by itself once it is started: stopped before that, there is none.
  signal.throwIfAborted();
  try {
    await startGate(stack.temporal, platform.tenant, gate);
    return await awaitGate(stack, gate.id, progress, signal);
  } catch (error) {
    throw appErrorOf(error) ?? error;
  }
}

function withBudget(policy: GatePolicy, { maxCalls, maxCost }: GateRunOptions): GatePolicy {
  return {
    ...policy,
    budget: { maxCalls: maxCalls ?? policy.budget.maxCalls, maxCost: maxCost ?? policy.budget.maxCost },
  };
}
