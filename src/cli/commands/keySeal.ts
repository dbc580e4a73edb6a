import type { Command } from 'commander';
import type { TenetConfig } from '../../config/index.js';
import { AppError } from '../../errors/index.js';
import { openContext } from '../context.js';
import { keyCommand, withExamples } from '../parents.js';

/** Works on the key files of the state folder: no database is needed, and servers that run notice by themselves. */
export function registerKeySeal(program: Command): void {
  const seal = keyCommand(program)
    .command('seal')
    .description('the key that producers seal their spools to, and those before it');
  registerRotate(seal);
  registerList(seal);
}

function registerRotate(seal: Command): void {
  const command = seal
    .command('rotate')
    .description('a new key to seal to; the old one stays and opens what was sealed to it')
    .action(async (_options: object, self: Command) => {
      const { config, output } = await openContext(self);
      await assertSetUp(config);
      const { rotateSealKey } = await import('../../platform/index.js');
      const rotated = await rotateSealKey(config.stateDir, config.tenant);
      output.result(rotated, () => [`${rotated.to} is sealed to from now on; ${rotated.from} still opens its spools`]);
      output.note('servers that run see it within a second, producers when they next start');
    });
  withExamples(command, 'tenet key seal rotate');
}

function registerList(seal: Command): void {
  const command = seal
    .command('list')
    .description('the key in force and those that were rotated out')
    .action(async (_options: object, self: Command) => {
      const { config, output } = await openContext(self);
      await assertSetUp(config);
      const { SealKeys } = await import('../../platform/index.js');
      const keys = await SealKeys.open(config.stateDir, config.tenant);
      const rows = keys.all.map(({ kid }) => ({ kid, current: kid === keys.current.kid }));
      output.result(
        rows,
        () => rows.map(({ kid, current }) => `${kid}  ${current ? 'sealed to now' : 'opens only'}`),
        rows,
      );
    });
  withExamples(command, 'tenet key seal list');
}

/** Before a key is made where nothing is. */
async function assertSetUp({ stateDir, tenant }: Pick<TenetConfig, 'stateDir' | 'tenant'>): Promise<void> {
  const { readKeyFile } = await import('../../platform/index.js');
  if ((await readKeyFile(stateDir, tenant, 'checkpoint')) !== null) return;
  throw new AppError('not_found', `there are no keys of ${tenant} in ${stateDir}`, {
    field: '--state-dir',
    fix: 'give the state folder this tenant was set up with, or set it up: tenet dev',
  });
}
