import type { Command } from 'commander';
import type { AppError } from '../../errors/index.js';
import type { ServedAgent } from '../../runtime/index.js';
import { openContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';

interface WorkerOptions {
  readonly agent: readonly string[];
  readonly redact?: string;
}

export function registerWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('register agent versions and serve them for replay until Ctrl-C')
    .helpGroup(GROUPS.run)
    .requiredOption(
      '--agent <file...>',
      'agent modules (.js, or .py for the Python worker); each has one function wrapped by ghost.agent',
    )
    .option('--redact <file>', 'JSON: what the recorded decisions were redacted by, as in ghost.configure')
    .action(async (options: WorkerOptions, self: Command) => {
      const { config, output } = await openContext(self);
      const { startStack } = await import('../../runtime/index.js');
      await interruptible(async (signal) => {
        const stack = await startStack(config, {
          signal,
          onNotice: (line) => output.note(line),
          ...(options.redact !== undefined && { redactFile: options.redact }),
        });
        try {
          const served = [];
          for (const file of options.agent) served.push(await stack.serveAgent(file));
          const rows = served.map(({ agent, digest, process }) => ({ agent, digest, pid: process.pid }));
          output.result(
            rows,
            () => rows.map(({ agent, digest, pid }) => `${agent}  digest ${digest.slice(0, 16)}…  pid ${pid}`),
            rows,
          );
          output.note('serving; Ctrl-C stops');
          const lost = await untilLost(served, signal);
          if (lost !== null) throw lost;
        } finally {
          await stack.stop();
        }
      });
    });
  command.addHelpText(
    'after',
    '\nA worker that dies is started again; after 5 deaths within a minute this command ends with 1 and names its log.',
  );
  withExamples(command, 'tenet worker --agent dist/examples/underwriting/underwriter-1.0.0.js');
}

/** Why one of them is no longer served; null when the user stops. Holds the process meanwhile: nothing it waits for does. */
async function untilLost(served: readonly ServedAgent[], signal: AbortSignal): Promise<AppError | null> {
  const held = setInterval(() => undefined, 60_000);
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  try {
    return await Promise.race([...served.map(({ ended }) => ended), stopped]);
  } finally {
    clearInterval(held);
  }
}
