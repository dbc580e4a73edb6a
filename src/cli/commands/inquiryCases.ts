import type { Command } from 'commander';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { inquiryOf } from '../inquiryStep.js';
import { atLeastOne } from '../numberOptions.js';
import { inquiryCommand, withExamples } from '../parents.js';
import { historyLines, inquiryLines, inquiryTable, type HistoryLine } from '../render/inquiry.js';

export function registerInquiryCases(program: Command): void {
  const list = inquiryCommand(program)
    .command('list')
    .description('cases, newest first, with their last days')
    .option('--limit <n>', 'how many', atLeastOne, 20)
    .action(async ({ limit }: { limit: number }, self: Command) => {
      const context = await openContext(self);
      const rows = await withPlatform(context, ({ stores }) => stores.inquiries.list(limit));
      context.output.result(rows, () => inquiryTable(rows, new Date()), rows);
    });
  withExamples(list, 'tenet inquiry list');

  const show = inquiryCommand(program)
    .command('show')
    .description('one case: clock, scope, holds, review, approvals, productions, deliveries')
    .argument('<inquiry>', 'inquiry id (inq_…), or `latest`')
    .action(async (id: string, _options: object, self: Command) => {
      const context = await openContext(self);
      const found = await withPlatform(context, (open) => inquiryOf(open, id));
      context.output.result(found, () => inquiryLines(found, context.output, new Date()));
    });
  withExamples(show, 'tenet inquiry show latest');

  const history = inquiryCommand(program)
    .command('history')
    .description('every ledger entry of a case, oldest first')
    .argument('<inquiry>', 'inquiry id (inq_…), or `latest`')
    .action(async (id: string, _options: object, self: Command) => {
      const context = await openContext(self);
      const lines = await withPlatform(context, async (open) => readHistory(open, (await inquiryOf(open, id)).id));
      context.output.result(lines, () => historyLines(lines), lines);
    });
  withExamples(history, 'tenet inquiry history latest');
}

const WHO = ['/inquiry/by', '/approval/by', '/hold/by', '/package/by'];
const WHAT: Readonly<Record<string, string>> = {
  '/inquiry/state': 'state',
  '/scope/matched': 'decisions that fit',
  '/collection/decisions': 'decisions',
  '/hold/entries': 'entries held',
  '/hold/erasedBefore': 'erased before',
  '/approval/decision': 'said',
  '/package/manifest': 'manifest',
  '/delivery/outcome': 'outcome',
  '/reminder/id': 'reminder',
  '/reminder/dueOn': 'due',
};

/** From the ledger alone: what stands there is what happened, whatever the tables say. */
async function readHistory({ platform, stores }: OpenPlatform, id: string): Promise<HistoryLine[]> {
  const { ledger } = platform;
  const own = [id, ...(await ledger.linkedFrom(id, 'inquiry')), ...(await ledger.linkedFrom(id, 'about'))];
  const views = await ledger.readDecisions([...new Set(own)]);
  const asked = new Map((await stores.inquiries.steps(id)).map((step) => [step.id, step.askedAt]));
  return views
    .map(({ id: entry, idx, entry: stated, fields }) => {
      const by = WHO.map((path) => fields.get(path)).find((value) => typeof value === 'string');
      const details = Object.entries(WHAT).flatMap(([path, name]) => {
        const value = fields.get(path);
        return value === undefined || value === null ? [] : [`${name} ${short(value)}`];
      });
      const step = fields.get('/inquiry/step');
      const at = (typeof step === 'string' ? asked.get(step)?.toISOString() : undefined) ?? stated.occurred_at;
      return { at, type: stated.type, by: by ?? null, details, entry, index: idx };
    })
    .sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity));
}

const short = (value: unknown): string => {
  const text = String(value);
  return text.length > 16 && /^[0-9a-f]+$/.test(text) ? `${text.slice(0, 12)}…` : text;
};
