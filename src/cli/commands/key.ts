import { Option, type Command } from 'commander';
import type { ApiScope } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { asCalled } from '../called.js';
import { openContext, withPlatform } from '../context.js';
import { whole } from '../numberOptions.js';
import type { Output } from '../output.js';
import { keyCommand, withExamples } from '../parents.js';
import { registerKeySeal } from './keySeal.js';
import { keyLines, mintedLines, type KeyRow, type NewKey } from '../render/key.js';

const DAY_S = 24 * 60 * 60;

interface MintOptions {
  readonly scope: readonly string[];
  readonly label: string;
  readonly kid?: string;
  readonly field?: readonly string[];
  readonly days?: number;
}

export function registerKey(program: Command): void {
  registerMint(program);
  registerList(program);
  registerRotate(program);
  registerRevoke(program);
  registerKeySeal(program);
}

function registerMint(program: Command): void {
  const command = keyCommand(program)
    .command('mint')
    .description('a new API key; it is shown once')
    .addOption(
      new Option('--scope <scope...>', 'what it may do')
        .choices(['write', 'read', 'gate', 'admin', 'enrol'])
        .makeOptionMandatory(),
    )
    .requiredOption('--label <text>', 'who holds it: access entries name it')
    .option('--kid <kid>', 'record key whose records it may post (scope write)')
    .option('--field <path...>', 'fields whose values it may see, with all below them; everything without it')
    .option('--days <n>', 'days until it ends; without it a key does not end, an enrol token after an hour', whole)
    .action(async ({ scope, label, kid, field, days }: MintOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const minted = await withPlatform(context, ({ stores }) =>
        stores.apiKeys.mint({
          scopes: scope as readonly ApiScope[],
          label,
          singleUse: scope.includes('enrol'),
          ...(kid === undefined ? {} : { kid }),
          ...(field === undefined ? {} : { fields: pointers(field) }),
          ...(days === undefined ? {} : { expiresAt: new Date(Date.now() + days * DAY_S * 1_000) }),
        }),
      );
      printKey(output, minted);
    });
  withExamples(
    command,
    'tenet key mint --scope read --label auditor --field /decision --days 30',
    'tenet key mint --scope enrol --label underwriting-service',
  );
}

function registerList(program: Command): void {
  const command = keyCommand(program)
    .command('list')
    .description('API keys without their text; ended ones for 30 days')
    .action(async (_options: object, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const keys: readonly KeyRow[] = await withPlatform(context, ({ stores }) => stores.apiKeys.list());
      output.result(keys, () => keyLines(keys), keys);
    });
  withExamples(command, 'tenet key list');
}

function registerRotate(program: Command): void {
  const command = keyCommand(program)
    .command('rotate')
    .description('a successor with the same rights; the old key works until the overlap is over')
    .argument('<ref>', 'the 12 digits that `tenet key list` shows')
    .option('--overlap <seconds>', 'how long both work', whole, DAY_S)
    .action(async (ref: string, { overlap }: { readonly overlap: number }, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const minted = await withPlatform(context, ({ stores }) =>
        stores.apiKeys.rotate(ref, { overlapSeconds: overlap }),
      );
      printKey(output, minted ?? absent(ref, 'or it has ended or was rotated before'));
    });
  withExamples(command, 'tenet key rotate 3f9c0a17b2de --overlap 3600');
}

function registerRevoke(program: Command): void {
  const command = keyCommand(program)
    .command('revoke')
    .description('end a key: running servers notice within three seconds')
    .argument('<ref>', 'the 12 digits that `tenet key list` shows')
    .action(async (ref: string, _options: object, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const isRevoked = await withPlatform(context, ({ stores }) => stores.apiKeys.revoke(ref));
      if (!isRevoked) absent(ref, 'or it has ended');
      output.result({ ref, revoked: true }, () => [`${ref} is revoked`]);
    });
  withExamples(command, 'tenet key revoke 3f9c0a17b2de');
}

/** The text of a key goes to stdout and nowhere else: it can be piped without having been on a screen. */
function printKey(output: Output, minted: NewKey): void {
  output.result(minted, () => mintedLines(minted));
  output.note(asCalled(`shown once; its ref is ${minted.ref}: tenet key rotate ${minted.ref}`));
}

function absent(ref: string, or: string): never {
  throw new AppError('not_found', `there is no key ${ref}, ${or}`, {
    field: 'REF',
    got: ref,
    fix: 'find it with: tenet key list',
  });
}

function pointers(paths: readonly string[]): readonly string[] {
  const bad = paths.find((path) => !path.startsWith('/'));
  if (bad === undefined) return paths;
  throw new AppError('usage.invalid', `${bad} is not a JSON pointer`, {
    field: '--field',
    expected: 'such as /decision/outcome or /decision',
    got: bad,
  });
}
