import type { Command } from 'commander';
import type { Db, MigrationStatus } from '../../db/index.js';
import { openContext, withDatabase, type CommandContext } from '../context.js';
import { dbCommand, withExamples } from '../parents.js';
import { migrationLines } from '../render/migrations.js';

export function registerDb(program: Command): void {
  const migrate = dbCommand(program)
    .command('migrate')
    .description('bring the schema to this version; safe to run at any time, by any number at once')
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const { migrate: run, migrationStatus } = await import('../../db/index.js');
      const { before, after } = await withDb(context, async (db) => ({
        before: await migrationStatus(db),
        after: await run(db),
      }));
      print(context, { ...after, appliedNow: before.pending });
    });
  withExamples(migrate, 'tenet db migrate');

  const status = dbCommand(program)
    .command('status')
    .description('which migrations are applied and which are pending')
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const { migrationStatus } = await import('../../db/index.js');
      print(context, await withDb(context, (db) => migrationStatus(db)));
    });
  withExamples(status, 'tenet db status');
}

async function withDb<T>(context: CommandContext, work: (db: Db) => Promise<T>): Promise<T> {
  const { openDatabase } = await import('../../db/index.js');
  return withDatabase(context, async (url) => {
    const db = openDatabase(url, { max: 2 });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  });
}

function print(
  { output }: CommandContext,
  status: MigrationStatus & { readonly appliedNow?: readonly string[] },
): void {
  output.result(status, () => migrationLines(status, output));
}
