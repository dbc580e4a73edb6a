import type { Command } from 'commander';
import { openContext, plainOutput } from '../context.js';
import { withStack } from '../inquiryStep.js';
import { inquiryCommand, withExamples } from '../parents.js';
import { requirePerson } from '../person.js';
import { inquiryLines, regimeTable } from '../render/inquiry.js';

interface OpenOptions {
  readonly regime: string;
  readonly authority: string;
  readonly contact?: string;
  readonly reference?: string;
  readonly legalBasis?: string;
  readonly channel: string;
  readonly authenticated?: string;
  readonly received?: string;
  readonly due?: string;
  readonly timeZone: string;
  readonly question?: readonly string[];
}

export function registerInquiryOpen(program: Command): void {
  registerOpen(program);
  registerRegimes(program);
}

function registerOpen(program: Command): void {
  const command = inquiryCommand(program)
    .command('open')
    .description('open a case: who asks what, under which rule; its clock and its reminders start')
    .requiredOption('--regime <id>', 'rule whose clock counts: tenet inquiry regimes')
    .requiredOption('--authority <name>', 'who asks')
    .option('--reference <text>', 'the authority’s own reference')
    .option('--contact <text>', 'whom to answer')
    .option('--legal-basis <text>', 'what the request rests on')
    .option('--channel <text>', 'how it came', 'letter')
    .option('--authenticated <text>', 'how you made sure who sent it')
    .option('--received <day>', 'day 0 of the clock, YYYY-MM-DD (default: today)')
    .option('--due <day>', 'the date that the letter states, YYYY-MM-DD')
    .option('--time-zone <zone>', 'where the last day ends', 'UTC')
    .option('--question <text...>', 'what is asked, as it is asked')
    .action(async (options: OpenOptions, self: Command) => {
      const context = await openContext(self);
      const { openCase, parseOpen, ROLE_OF } = await import('../../inquiry/index.js');
      const { personRef } = await import('../../people/index.js');
      const person = await requirePerson(context, ROLE_OF.open);
      const now = new Date();
      const request = parseOpen(requestOf(options, now));
      const opened = await withStack(context, async ({ platform, stores, temporal }) => {
        const { serveInquiry } = await import('../../runtime/index.js');
        const deps = { tenant: platform.tenant, ledger: platform.ledger, inquiries: stores.inquiries };
        const made = await openCase(deps, request, personRef(person), now);
        await serveInquiry(temporal, platform.tenant, made.id);
        return made;
      });
      context.output.result(opened, () => inquiryLines(opened, context.output, now));
    });
  withExamples(
    command,
    'tenet inquiry open --regime gdpr-12-3 --authority "Data Protection Authority" --reference DPA/2026/17 --question "Which decisions concern this person?"',
  ).addHelpText('after', '\nThe same request by the same person on the same day is one case.');
}

function requestOf(options: OpenOptions, now: Date): unknown {
  return {
    regime: options.regime,
    authority: options.authority,
    contact: options.contact ?? null,
    reference: options.reference ?? null,
    legalBasis: options.legalBasis ?? null,
    channel: options.channel,
    authenticated: options.authenticated ?? null,
    receivedOn: options.received ?? now.toISOString().slice(0, 10),
    statedOn: options.due ?? null,
    timeZone: options.timeZone,
    questions: options.question ?? [],
  };
}

/** Needs nothing: the table is part of the program. */
function registerRegimes(program: Command): void {
  const command = inquiryCommand(program)
    .command('regimes')
    .description('the rules whose clocks are known, what each counts, and how well it was read')
    .action(async (_options: object, self: Command) => {
      const output = plainOutput(self);
      const { REGIMES, REGIMES_EDITION } = await import('../../inquiry/index.js');
      output.result(REGIMES, () => regimeTable(REGIMES, REGIMES_EDITION), REGIMES);
    });
  withExamples(command, 'tenet inquiry regimes');
}
