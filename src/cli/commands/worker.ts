import type { Command } from 'commander';
import { openContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';

interface WorkerOptions {
  readonly agent: readonly string[];
}

export function registerWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('register agent versions and serve them for replay until Ctrl-C')
    .helpGroup(GROUPS.run)
    .requiredOption('--agent <file...>', 'agent modules; each exports one function wrapped by ghost.agent')
    .action(async (options: WorkerOptions, self: Command) => {
      const { config, output } = await openContext(self);
      const { startStack } = await import('../../runtime/index.js');
      await interruptible(async (signal) => {
        const stack = await startStack(config, { signal });
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
          await Promise.race([...served.map(({ process }) => process.exited), aborted(signal)]);
        } finally {
          await stack.stop();
        }
      });
    });
  withExamples(command, 'tenet worker --agent dist/examples/underwriting/underwriter-1.0.0.js');
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
