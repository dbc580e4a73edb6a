import { InvalidArgumentError, type Command } from 'commander';
import type { ListQuery } from '../../ledger/index.js';
import { openContext, withPlatform } from '../context.js';
import { decisionCommand, withExamples } from '../parents.js';
import { openReads, PURPOSE_OPTION, readerOf } from '../reading.js';
import { decisionTable } from '../render/decision.js';
import { count } from '../render/numbers.js';
import { shellWord } from '../shellWord.js';
import { decisionSummary, SUMMARY_FIELDS, type DecisionSummary } from '../views/decision.js';
import { asCalled } from '../called.js';

const MAX_LIMIT = 1_000;

interface ListOptions {
  readonly session?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly purpose?: string;
}

export function registerDecisionList(program: Command): void {
  const command = decisionCommand(program)
    .command('list')
    .description('recorded decisions, newest first')
    .option('--session <id>', 'only this session')
    .option('--agent <agent>', 'only this agent: name, or name@version')
    .option('--type <type>', 'only this decision type')
    .option('--limit <n>', `how many, 1 to ${count(MAX_LIMIT)}`, limitOf, 20)
    .option('--cursor <cursor>', 'go on where an earlier page ended')
    .option(...PURPOSE_OPTION)
    .action(async (options: ListOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const { purpose, ...query }: ListQuery & { readonly purpose?: string } = options;
      const page = await withPlatform(context, async (open) => {
        const { ids, cursor } = await open.platform.ledger.listDecisions(query);
        const reads = await openReads(open);
        const views = await reads.read(ids, readerOf('decision list', purpose), (path) => SUMMARY_FIELDS.has(path));
        return { decisions: views.map(decisionSummary), cursor };
      });
      output.result(page, () => listLines(page.decisions), page.decisions);
      if (page.cursor !== null) output.note(`more: ${commandFor(options, page.cursor)}`);
    });
  withExamples(command, 'tenet decision list --limit 5', 'tenet decision list --agent underwriter@1.0.0 -o jsonl');
}

function listLines(decisions: readonly DecisionSummary[]): string[] {
  return decisions.length === 0
    ? [asCalled('no decision fits; record some with: tenet demo')]
    : decisionTable(decisions);
}

/** The same command with the cursor: one line to copy. */
function commandFor(options: ListOptions, cursor: string): string {
  const kept = (['session', 'agent', 'type'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name} ${shellWord(value)}`];
  });
  return [asCalled('tenet decision list'), ...kept, `--limit ${options.limit}`, `--cursor ${shellWord(cursor)}`].join(
    ' ',
  );
}

function limitOf(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value >= 1 && value <= MAX_LIMIT) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MAX_LIMIT}.`);
}
