import type { Command } from 'commander';
import { openContext } from '../context.js';
import { interruptible, unlessAborted } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';

export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('the whole path on embedded services: record, re-run, judge, sign, verify offline')
    .helpGroup(GROUPS.run)
    .action(async (_options: unknown, self: Command) => {
      const { config, output } = await openContext(self);
      const { runDemo } = await import('../demo/runDemo.js');
      const result = await interruptible((signal) => unlessAborted(signal, runDemo(config, output, signal)));
      output.result(result, () => []);
      process.exitCode = result.exit;
    });
  withExamples(command, 'tenet demo', 'tenet demo -o json 2>/dev/null');
}
