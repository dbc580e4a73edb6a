import type { Command } from 'commander';
import type { PromotionRecords } from '../../gate/index.js';
import { openContext, withPlatform } from '../context.js';
import { gateCommand, withExamples } from '../parents.js';
import { historyCsv, historyLines } from '../render/promotion.js';

export function registerGateHistory(program: Command): void {
  const command = gateCommand(program)
    .command('history')
    .description('every version that decided anything, with who let it: the change population, bypasses included')
    .option('--agent <name>', 'only versions of this agent')
    .option('--csv', 'as CSV')
    .action(async ({ agent, csv }: { readonly agent?: string; readonly csv?: boolean }, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const { deploymentHistory, readPromotions } = await import('../../gate/index.js');
      const history = await withPlatform(context, async ({ platform, stores }) =>
        deploymentHistory(
          await stores.deployments.versions(agent ?? null),
          ofAgent(await readPromotions(platform.ledger), agent),
        ),
      );
      if (csv === true) output.raw(historyCsv(history));
      else output.result(history, () => historyLines(history, output), history);
    });
  withExamples(command, 'tenet gate history', 'tenet gate history --agent underwriter --csv');
}

function ofAgent(records: PromotionRecords, agent: string | undefined): PromotionRecords {
  if (agent === undefined) return records;
  const own = ({ version }: { readonly version: string }): boolean => version.startsWith(`${agent}@`);
  const { promotions, bypasses, blessings } = records;
  return { promotions: promotions.filter(own), bypasses: bypasses.filter(own), blessings: blessings.filter(own) };
}
