import { Option, type Command } from 'commander';
import type { RedactionGround } from '../../inquiry/index.js';
import { AppError } from '../../errors/index.js';
import { takeInquiryStep } from '../inquiryStep.js';
import { amount, atLeastOne } from '../numberOptions.js';
import { inquiryCommand, withExamples } from '../parents.js';
import { scopeOf, withScopeOptions, type ScopeOptions } from '../scopeOptions.js';
import { copyPackage } from '../copyPackage.js';

const INQUIRY = ['<inquiry>', 'inquiry id (inq_…), or `latest`'] as const;

export function registerInquirySteps(program: Command): void {
  registerHold(program);
  registerScope(program);
  registerCollect(program);
  registerReview(program);
  registerPackage(program);
}

const step = (program: Command, name: string, description: string): Command =>
  inquiryCommand(program)
    .command(name)
    .description(description)
    .argument(...INQUIRY);

function registerHold(program: Command): void {
  const command = withScopeOptions(
    step(program, 'hold', 'keep records from being erased; without a query, what is in scope').requiredOption(
      '--reason <text>',
      'why, or why it ends',
    ),
  )
    .option('--release', 'end the holds of this case instead')
    .action((id: string, options: ScopeOptions & { reason: string; release?: boolean }, self: Command) =>
      options.release === true
        ? takeInquiryStep(self, id, 'release', async () => ({ reason: options.reason }))
        : takeInquiryStep(self, id, 'hold', async ({ stack }) => ({
            query: scopeOf(options, stack.platform.tagKey),
            reason: options.reason,
          })),
    );
  withExamples(command, 'tenet inquiry hold latest --agent underwriter --reason "letter of 24 November"').addHelpText(
    'after',
    '\nWhat was erased before is counted and told: its values are gone, its entries and proofs stay.',
  );
}

function registerScope(program: Command): void {
  const command = withScopeOptions(step(program, 'scope', 'save what the case is about; a narrower one may follow'))
    .option('--reason <text>', 'why, or what was agreed with the authority')
    .action((id: string, options: ScopeOptions & { reason?: string }, self: Command) =>
      takeInquiryStep(self, id, 'scope', async ({ stack }) => {
        const query = scopeOf(options, stack.platform.tagKey);
        if (query === null) {
          throw new AppError('usage.invalid', 'the scope names nothing', {
            field: '--subject',
            expected: '--subject, --agent, --session, --type, --from, --to or --decision',
            fix: 'say what the inquiry is about',
          });
        }
        return { query, reason: options.reason ?? null };
      }),
    );
  withExamples(command, 'tenet inquiry scope latest --agent underwriter --from 2026-01-01 --to 2027-01-01');
}

interface CollectOptions {
  readonly asThen?: string;
  readonly today?: string;
  readonly live?: boolean;
  readonly maxCalls?: number;
  readonly maxCost?: number;
  readonly serve?: readonly string[];
}

function registerCollect(program: Command): void {
  const command = step(program, 'collect', 'freeze what is in scope, and re-run it where asked')
    .option('--as-then <version>', 're-run by the version that decided, from the tape')
    .option('--today <version>', 're-run by this version')
    .option('--live', 'the model calls of --today are made; else they come from the tape')
    .option('--max-calls <n>', 'hard stop of --live by model calls', atLeastOne)
    .option('--max-cost <amount>', 'hard stop of --live by cost', amount)
    .option('--serve <file...>', 'agent modules to serve meanwhile')
    .action((id: string, options: CollectOptions, self: Command) => {
      const replays = [
        ...(options.asThen === undefined ? [] : [{ agent: options.asThen, model: 'tape' }]),
        ...(options.today === undefined
          ? []
          : [{ agent: options.today, model: options.live === true ? 'live' : 'tape' }]),
      ];
      const { live, maxCalls = null, maxCost = null } = options;
      const limits = live === true ? { budget: { maxCalls, maxCost } } : {};
      return takeInquiryStep(self, id, 'collect', async () => ({ replays, ...limits }), options.serve);
    });
  withExamples(
    command,
    'tenet inquiry collect latest',
    'tenet inquiry collect latest --as-then underwriter@1.0.0 --today underwriter@1.1.0 --serve dist/examples/underwriting/underwriter-1.0.0.js dist/examples/underwriting/underwriter-1.1.0.js',
  ).addHelpText('after', '\nA version that nobody registered is told as not replayable; the rest is collected.');
}

interface ReviewOptions {
  readonly withhold?: readonly string[];
  readonly ground: RedactionGround;
  readonly reason?: string;
  readonly entry?: string;
  readonly rulings?: string;
  readonly note?: string;
}

const MAX_RULINGS_BYTES = 1024 * 1024;

function registerReview(program: Command): void {
  const command = step(program, 'review', 'rule field by field what stays here, and on what ground')
    .option('--withhold <field...>', 'fields or layers: /context/inputs /reasoning')
    .addOption(
      new Option('--ground <ground>', 'of --withhold')
        .choices(['privilege', 'trade-secret', 'third-party', 'not-responsive', 'security', 'other'])
        .default('other'),
    )
    .option('--reason <text>', 'what the ground rests on')
    .option('--entry <id>', 'one entry; all in scope when absent')
    .option('--rulings <file>', 'JSON: a list of { path, ground, reason, entry } for more than one ground')
    .option('--note <text>', 'what else the two who approve should know')
    .action((id: string, options: ReviewOptions, self: Command) =>
      takeInquiryStep(self, id, 'review', async () => ({
        redactions: [...ofFlags(options), ...(await ofFile(options.rulings))],
        note: options.note ?? null,
      })),
    );
  withExamples(
    command,
    'tenet inquiry review latest',
    'tenet inquiry review latest --withhold /context/inputs --ground third-party --reason "names an employer"',
  ).addHelpText('after', '\nA review replaces the one before, and with it its approvals. Originals are not touched.');
}

function ofFlags({ withhold = [], ground, reason, entry }: ReviewOptions): unknown[] {
  if (withhold.length > 0 && reason === undefined) {
    throw new AppError('usage.invalid', 'what is withheld needs a reason', { field: '--reason', fix: 'give --reason' });
  }
  return withhold.map((path) => ({ path, ground, reason, entry: entry ?? null }));
}

async function ofFile(path: string | undefined): Promise<unknown[]> {
  if (path === undefined) return [];
  const { readText } = await import('../readFiles.js');
  const text = await readText(path, MAX_RULINGS_BYTES, 'rulings');
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list as unknown[];
  } catch {
    // Said below, as for every other thing that is no list.
  }
  throw new AppError('input.invalid', `${path} is not a JSON list of rulings`, {
    field: '--rulings',
    expected: '[{ "path": "/context/inputs", "ground": "third-party", "reason": "…", "entry": null }]',
  });
}

function registerPackage(program: Command): void {
  const command = step(program, 'package', 'make the production: bundles, proofs, cover, verifier, signed manifest')
    .option('--out <dir>', 'a copy of it, in a folder that is not there yet')
    .action(async (id: string, options: { out?: string }, self: Command) => {
      if (options.out !== undefined) await copyPackage.assertFree(options.out);
      let made = id;
      await takeInquiryStep(self, id, 'package', async ({ inquiry }) => {
        made = inquiry.id;
        return {};
      });
      if (options.out !== undefined) await copyPackage.copy(self, made, options.out);
    });
  withExamples(command, 'tenet inquiry package latest --out production').addHelpText(
    'after',
    '\nEvery entry of the log goes in as its signed statement: fields of others stay sealed, their names, times and tags are seen.',
  );
}
