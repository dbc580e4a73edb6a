import type { Command } from 'commander';
import type { Json } from '@tenet-ledger/record';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { atLeastOne } from '../numberOptions.js';
import { driftCommand, withExamples } from '../parents.js';
import { forTerminal } from '../render/escape.js';
import { table } from '../render/table.js';
import { clip } from '../render/width.js';

interface HistoryLine {
  readonly at: string;
  readonly what: string;
  readonly entry: string;
  /** null while it waits for its place. */
  readonly index: number | null;
  readonly by: string | null;
  readonly about: string;
}

const SCHEDULE_ACTS = ['added', 'paused', 'resumed', 'removed', 'backfilled'] as const;
const WHAT = /^(drift\.(finding|comparison)|alert\.|schedule\.)/;

/** Read back from the log, not from tables: what is shown here is what is signed. */
export function registerDriftHistory(program: Command): void {
  const command = driftCommand(program)
    .command('history')
    .description('what the log says of nights, comparisons, alerts and schedules: who did what when, newest first')
    .option('--limit <n>', 'how many', atLeastOne, 50)
    .action(async ({ limit }: { readonly limit: number }, self: Command) => {
      const context = await openContext(self);
      const lines = await withPlatform(context, (open) => readHistory(open, limit));
      context.output.result(lines, () => historyTable(lines), lines);
    });
  withExamples(command, 'tenet drift history', 'tenet drift history --limit 200 -o jsonl');
}

async function readHistory({ platform: { ledger } }: OpenPlatform, limit: number): Promise<HistoryLine[]> {
  const pages = await Promise.all([
    ledger.listDecisions({ kind: 'drift', limit }),
    ...SCHEDULE_ACTS.map((act) => ledger.listDecisions({ kind: 'run', type: `schedule.${act}`, limit })),
  ]);
  const items = pages
    .flatMap((page) => page.items)
    .filter(({ type }) => WHAT.test(type))
    .sort((a, b) => (a.occurredAt < b.occurredAt ? 1 : -1))
    .slice(0, limit);
  const views = new Map((await ledger.readDecisions(items.map(({ id }) => id))).map((view) => [view.id, view]));
  return items.map(({ id, type, occurredAt }) => {
    const fields = views.get(id)?.fields ?? new Map<string, Json>();
    const by = fields.get('/by');
    return {
      at: occurredAt,
      what: type,
      entry: id,
      index: views.get(id)?.idx ?? null,
      by: typeof by === 'string' ? by : null,
      about: aboutOf(fields),
    };
  });
}

/** The first of what each kind of entry says of itself. */
function aboutOf(fields: ReadonlyMap<string, Json>): string {
  const told = ['/name', '/status', '/verdict', '/title', '/disposition', '/reason', '/channel', '/schedule', '/run'];
  const values = told.map((path) => fields.get(path)).filter((value) => typeof value === 'string');
  return values.slice(0, 3).join(' · ');
}

function historyTable(lines: readonly HistoryLine[]): string[] {
  if (lines.length === 0) return ['nothing yet'];
  const titles = ['WHEN', 'WHAT', 'BY', 'LEAF', 'ENTRY', 'ABOUT'];
  return table(
    titles.map((title) => ({ title })),
    lines.map(({ at, what, by, index, entry, about }) => [
      at,
      what,
      clip(by ?? '–', 24),
      index === null ? 'queued' : String(index),
      forTerminal(entry),
      clip(about, 70),
    ]),
  );
}
