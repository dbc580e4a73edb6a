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
async function giveWord(asked: StepAsked, options: ApproveOptions): Promise<string> {
  const { stack, person, inquiry } = asked;
  const { APPROVAL_RULE } = await import('../../inquiry/index.js');
  const { checkApproval, giveApproval } = await import('../../people/index.js');
  const digest = inquiry.review?.digest ?? '';
  const standing = { about: inquiry.id, digest };
  const request = {
    person,
    about: inquiry.id,
    digest: options.digest ?? digest,
    requestedBy: inquiry.review?.by ?? '',
    now: new Date(),
    standing,
  };
  // Two people had a hand in it: whoever collected is as little free to judge it as whoever reviewed.
  const asCollector = checkApproval([], { ...request, requestedBy: inquiry.collection?.by ?? '' }, APPROVAL_RULE);
  if (asCollector !== null) throw asCollector;
  const before = await unheard(asked, digest, options.refuse === true ? 'refuse' : 'approve');
  if (before !== null) return before;
  const given = await giveApproval(
    { approvals: stack.stores.approvals, ledger: stack.platform.ledger },
    {
      ...request,
      decision: options.refuse === true ? 'refuse' : 'approve',
      reason: options.reason,
      expiresAt: options.expires?.toISOString() ?? null,
      rule: APPROVAL_RULE,
      links: [{ rel: 'review', id: inquiry.review?.entry ?? inquiry.id }],
    },
  );
  return given.id;
}

/** What the same person said before and the case never heard of, since the command was cut off in between. */
async function unheard(
  { stack, person, inquiry }: StepAsked,
  digest: string,
  decision: 'approve' | 'refuse',
): Promise<string | null> {
  const { personRef } = await import('../../people/index.js');
  const now = new Date().toISOString();
  const said = (await stack.stores.approvals.list(inquiry.id)).find(
    (one) =>
      one.by === personRef(person) &&
      one.digest === digest &&
      one.decision === decision &&
      (one.expiresAt === null || now < one.expiresAt) &&
      !inquiry.approvals.some(({ id }) => id === one.id),
  );
  return said?.id ?? null;
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
