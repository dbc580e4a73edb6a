import type { Command } from 'commander';
import type { GatePolicy } from '../../gate/index.js';
import { askForGate, type GateQuestion } from '../askForGate.js';
import { openContext, type CommandContext } from '../context.js';
import { reportGate, reporterOption, type ReporterChoice } from '../gateReport.js';
import { interruptible } from '../interrupt.js';
import { amount, whole } from '../numberOptions.js';
import { gateCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { readText } from '../readFiles.js';

interface GateRunOptions extends GateQuestion {
  readonly serve?: readonly string[];
  readonly detach?: boolean;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
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
    .option('--repository <name>', 'where it is asked for; GITHUB_REPOSITORY or CI_PROJECT_PATH when absent')
    .option('--serve <file...>', 'agent modules to serve while the gate runs; other workers may serve them too')
    .option('--detach', 'ask for the gate and leave; the platform that runs elsewhere works on it')
    .option('--max-calls <n>', 'hard stop by live model calls', whole)
    .option('--max-tokens <n>', 'hard stop by tokens of live model calls', whole)
    .option('--max-cost <amount>', 'hard stop by cost', amount)
    .addOption(reporterOption())
    .action(async (file: string, options: GateRunOptions, self: Command) => {
      const context = await openContext(self);
      const { parsePolicy } = await import('../../gate/index.js');
      const policy = withBudget(parsePolicy(await readText(file, MAX_POLICY_BYTES, 'policy'), file), options);
      const { assertPriced } = await import('../../runtime/index.js');
      assertPriced(context.config, { model: policy.lanes.model, maxCost: policy.budget.maxCost });
      await (options.detach === true ? leave : runHere)(context, file, policy, options);
    });
  withExamples(
    command,
    'tenet gate run examples/underwriting/gates/underwriter.yaml --candidate 1.0.1 --serve dist/examples/underwriting/underwriter-1.0.0.js dist/examples/underwriting/underwriter-1.0.1.js',
    'tenet gate run examples/underwriting/gates/underwriter.yaml --candidate 1.0.1 --detach',
  ).addHelpText(
    'after',
    '\nThe same repository, policy, versions (by their code) and session are one gate: run again, or twice at once, it shows' +
      '\nthe verdict it has. An inconclusive one is tried again.' +
      '\nExit: 0 pass · 3 fail · 5 inconclusive · 8 pending (--detach)',
  );
}

type How = (context: CommandContext, file: string, policy: GatePolicy, options: GateRunOptions) => Promise<void>;

/** With processes of its own, which end with this command. */
const runHere: How = async ({ config, output }, file, policy, options) => {
  const { awaitGate, startStack } = await import('../../runtime/index.js');
  const progress = createProgress('gate');
  await interruptible(async (signal) => {
    const stack = await startStack(config, {
      signal,
      onProgress: ({ message }) => progress.say(message),
      onNotice: (line) => output.note(line),
    });
    try {
      for (const agent of options.serve ?? []) await stack.serveAgent(agent);
      const { loadGate } = await import('../views/loadGate.js');
      const { platform, stores } = stack;
      const ended = await inOurWords(async () => {
        const gate = await askForGate(stack, stack.config, policy, options, signal);
        return awaitGate(stack, gate.id, progress, signal);
      });
      progress.end();
      const view = await loadGate({ platform, stores, signal }, ended);
      await reportGate(view, output, { reporters: options.reporter ?? [], policyFile: file });
    } finally {
      progress.end();
      await stack.stop();
    }
  });
};

/** Asks and goes; a gate that has ended is shown with its verdict. */
const leave: How = async ({ config, output }, file, policy, options) => {
  await assertNothingToServe(options);
  const { assertWorked, openConnection } = await import('../../runtime/index.js');
  const progress = createProgress('gate');
  await interruptible(async (signal) => {
    const open = await openConnection(config, { signal, onProgress: ({ message }) => progress.say(message) });
    try {
      await assertWorked(open.temporal);
      const { loadGate } = await import('../views/loadGate.js');
      const asked = await inOurWords(() => askForGate(open, config, policy, options, signal));
      progress.end();
      const view = await loadGate({ platform: open.platform, stores: open.stores, signal }, asked);
      await reportGate(view, output, { reporters: options.reporter ?? [], policyFile: file });
    } finally {
      progress.end();
      await open.stop();
    }
  });
};

/** What Temporal failed with is told as the error that it carries. */
async function inOurWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { appErrorOf } = await import('../../runtime/index.js');
    throw appErrorOf(error) ?? error;
  }
}

async function assertNothingToServe({ serve = [] }: GateRunOptions): Promise<void> {
  if (serve.length === 0) return;
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('usage.invalid', 'what --serve starts ends with this command, and --detach ends it at once', {
    field: '--serve',
    fix: 'serve the versions elsewhere, tenet dev --serve FILE…, or leave --detach out',
  });
}

function withBudget(policy: GatePolicy, { maxCalls, maxTokens, maxCost }: GateRunOptions): GatePolicy {
  const { budget } = policy;
  const tokens = maxTokens ?? budget.maxTokens;
  return {
    ...policy,
    budget: {
      maxCalls: maxCalls ?? budget.maxCalls,
      maxCost: maxCost ?? budget.maxCost,
      ...(tokens === undefined ? {} : { maxTokens: tokens }),
    },
  };
}
