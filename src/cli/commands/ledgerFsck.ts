import type { Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import { openContext, withPlatform } from '../context.js';
import { ledgerCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { fsckLines } from '../render/ledger.js';

export function registerLedgerFsck(program: Command): void {
  const command = ledgerCommand(program)
    .command('fsck')
    .description(
      'recompute the whole log from its bytes: leaves, tiles, root, checkpoints, signatures, keys, disclosures',
    )
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const progress = createProgress('checking');
      const report = await withPlatform(context, ({ platform }) =>
        platform.ledger.fsck(({ done, total }) => progress.update(done, total)),
      ).finally(() => progress.end());
      output.result(report, () => fsckLines(report, output), report.findings);
      if (!report.ok) process.exitCode = EXIT.integrity;
    });
  withExamples(command, 'tenet ledger fsck', 'tenet ledger fsck -o json');
}
