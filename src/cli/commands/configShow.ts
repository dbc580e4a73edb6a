import type { Command } from 'commander';
import { openContext } from '../context.js';
import { configCommand, withExamples } from '../parents.js';
import { configLines } from '../render/config.js';

export function registerConfigShow(program: Command): void {
  const command = configCommand(program)
    .command('show')
    .description('every key with its value and where the value comes from; secrets are masked')
    .option('--doc', 'what each key means and which environment variables set it')
    .action(async (options: { readonly doc?: boolean }, self: Command) => {
      const { loaded, output } = await openContext(self);
      const { describeConfig } = await import('../../config/index.js');
      const rows = describeConfig(loaded);
      const file = loaded.file ?? null;
      output.result({ file, keys: rows }, () => configLines(rows, file, output, { doc: options.doc === true }), rows);
    });
  withExamples(command, 'tenet config show', 'TENET_TENANT=acme tenet config show -o jsonl');
}
