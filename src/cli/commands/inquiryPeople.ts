import { Option, type Command } from 'commander';
import { expiry } from '../expiry.js';
import { takeInquiryStep, type StepAsked } from '../inquiryStep.js';
import { inquiryCommand, withExamples } from '../parents.js';

export function registerInquiryPeople(program: Command): void {
  registerApprove(program);
  registerDeliver(program);
  registerExtend(program);
  registerEnd(program, 'close', 'the case is answered: it ends, and its hold with it');
  registerEnd(program, 'withdraw', 'the case ends without an answer, and its hold with it');
  registerReopen(program);
}

const step = (program: Command, name: string, description: string): Command =>
  inquiryCommand(program)
    .command(name)
    .description(description)
    .argument('<inquiry>', 'inquiry id (inq_…), or `latest`');

const REASON = ['--reason <text>', 'why, for somebody who was not there'] as const;

interface ApproveOptions {
  readonly reason: string;
  readonly refuse?: boolean;
  readonly digest?: string;
  readonly expires?: Date;
}

function registerApprove(program: Command): void {
  const command = step(program, 'approve', 'release the review as it stands, or refuse it; it takes two people')
    .requiredOption(...REASON)
    .option('--refuse', 'it must not go out like this: the review is made again')
    .option('--digest <sha256>', 'of the review you looked at (tenet inquiry show): anything else is refused')
    .option('--expires <when>', 'until when it counts: 30d, 2027-01-31, or a time', (text) => expiry(text))
    .action((id: string, options: ApproveOptions, self: Command) =>
      takeInquiryStep(self, id, 'approve', async (asked) => ({ approval: await giveWord(asked, options) })),
    );
  withExamples(command, 'tenet inquiry approve latest --reason "scope and rulings as agreed with counsel"').addHelpText(
    'after',
    '\nNeither who collected nor who reviewed may approve. Exit: 4 role missing, own work, or said before',
  );
}

/** Checked, signed and stored before the case hears of it. */
async function giveWord({ stack, person, inquiry }: StepAsked, options: ApproveOptions): Promise<string> {
  const { giveRelease } = await import('../../inquiry/index.js');
  const deps = { approvals: stack.stores.approvals, ledger: stack.platform.ledger };
  const given = await giveRelease(deps, inquiry, {
    person,
    decision: options.refuse === true ? 'refuse' : 'approve',
    reason: options.reason,
    ...(options.digest === undefined ? {} : { digest: options.digest }),
    expiresAt: options.expires?.toISOString() ?? null,
    now: new Date(),
  });
  return given.id;
}

interface DeliverOptions {
  readonly to?: string;
  readonly channel: string;
  readonly outcome: 'accepted' | 'refused';
  readonly note?: string;
}

function registerDeliver(program: Command): void {
  const command = step(program, 'deliver', 'record that the production went out, and what became of it')
    .requiredOption('--channel <text>', 'how: courier, portal, sealed e-mail')
    .option('--to <name>', 'to whom; the authority when absent')
    .addOption(new Option('--outcome <word>', 'what they did').choices(['accepted', 'refused']).default('accepted'))
    .option('--note <text>', 'receipt number, or why it was refused')
    .action((id: string, { to, channel, outcome, note }: DeliverOptions, self: Command) =>
      takeInquiryStep(self, id, 'deliver', async ({ inquiry }) => ({
        to: to ?? inquiry.intake.authority,
        channel,
        outcome,
        note: note ?? null,
      })),
    );
  withExamples(
    command,
    'tenet inquiry deliver latest --channel courier --note "receipt 4711"',
    'tenet inquiry deliver latest --channel portal --outcome refused --note "too large"',
  ).addHelpText('after', '\nRefused, the production stays as it is and may be delivered another way.');
}

function registerExtend(program: Command): void {
  const command = step(program, 'extend', 'move the last day as the rule allows once, or to a date that was granted')
    .requiredOption(...REASON)
    .option('--due <day>', 'the date that the authority granted, YYYY-MM-DD')
    .action((id: string, options: { reason: string; due?: string }, self: Command) =>
      takeInquiryStep(self, id, 'extend', async () => ({ reason: options.reason, statedOn: options.due ?? null })),
    );
  withExamples(command, 'tenet inquiry extend latest --reason "1,200 decisions; the person was told on 3 December"');
}

function registerEnd(program: Command, kind: 'close' | 'withdraw', description: string): void {
  const command = step(program, kind, description)
    .requiredOption(...REASON)
    .option('--keep-hold', 'the hold stays in force')
    .action((id: string, options: { reason: string; keepHold?: boolean }, self: Command) =>
      takeInquiryStep(self, id, kind, async () => ({ reason: options.reason, keepHold: options.keepHold === true })),
    );
  withExamples(
    command,
    `tenet inquiry ${kind} latest --reason "${kind === 'close' ? 'answered' : 'the request was taken back'}"`,
  );
}

function registerReopen(program: Command): void {
  const command = step(program, 'reopen', 'go on with a case: the next production supplements the one before')
    .requiredOption(...REASON)
    .action((id: string, { reason }: { reason: string }, self: Command) =>
      takeInquiryStep(self, id, 'reopen', async () => ({ reason })),
    );
  withExamples(command, 'tenet inquiry reopen latest --reason "a further question of 2 December"');
}
