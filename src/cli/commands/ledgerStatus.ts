import type { Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import { openContext, withPlatform } from '../context.js';
import { ledgerCommand, withExamples } from '../parents.js';
import { ledgerStatusLines } from '../render/ledger.js';

export function registerLedgerStatus(program: Command): void {
  const command = ledgerCommand(program)
    .command('status')
    .description('size, head, queue and keys of the log, and what its checkpoints are worth')
    .option('--checkpoint', 'print the latest checkpoint as a signed note, to be kept elsewhere')
    .option('--policy', 'print the policy that an auditor verifies with')
    .action(async (options: { readonly checkpoint?: boolean; readonly policy?: boolean }, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const found = await withPlatform(context, async ({ platform }) => ({
        ...(await platform.ledger.status()),
        log: platform.log,
        vkey: platform.vkey,
        policy: platform.policy(),
        checkpoint: (await platform.ledger.latestCheckpoint())?.note ?? null,
      }));
      if (found.halted !== null) process.exitCode = EXIT.integrity;
      if (output.format === 'text' && options.policy === true) return output.raw(found.policy);
      if (output.format === 'text' && options.checkpoint === true) return output.raw(found.checkpoint ?? '');
      output.result(found, () => ledgerStatusLines(found, output));
    });
  withExamples(command, 'tenet ledger status', 'tenet ledger status --checkpoint > kept.checkpoint');
}
