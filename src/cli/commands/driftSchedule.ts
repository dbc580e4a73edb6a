import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { ScheduleDeps } from '../../runtime/index.js';
import { asCalled } from '../called.js';
import { openContext, type CommandContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { amount, atLeastOne, share, whole } from '../numberOptions.js';
import { driftCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { scheduleTable } from '../render/drift.js';
import { scheduleView } from '../views/drift.js';

interface AddOptions {
  readonly agent: string;
  readonly type: string;
  readonly at: string;
  readonly timezone: string;
  readonly size: number;
  readonly repeats: number;
  readonly live?: boolean;
  readonly liveReads?: boolean;
  readonly timeout: number;
  readonly alpha: number;
  readonly maxCalls?: number;
  readonly maxCost?: number;
}

export function registerDriftSchedule(program: Command): void {
  const parent = driftCommand(program).command('schedule').description('nights: which agent is looked at, and when');
  registerAdd(parent);
  registerList(parent);
  registerAct(parent, 'pause', 'start no more nights until it is resumed', 'pauseSchedule');
  registerAct(parent, 'resume', 'start nights again', 'resumeSchedule');
  registerAct(parent, 'rm', 'remove the schedule; its findings stay', 'removeSchedule');
  registerBackfill(parent);
}

function registerAdd(parent: Command): void {
  const command = parent
    .command('add')
    .description('look at an agent every night; the same schedule again is the same one')
    .argument('<name>', 'lower case letters, digits, ".", "_" and "-"')
    .requiredOption('--agent <agent>', 'name, or name@version for that version alone')
    .requiredOption('--type <type>', 'decision type')
    .option('--at <time>', 'local time at which the night closes, HH:MM', '02:00')
    .option('--timezone <zone>', 'IANA name', 'UTC')
    .option('--size <n>', 'decisions that are drawn and re-run', atLeastOne, 200)
    .option('--repeats <n>', 're-runs of each', atLeastOne, 3)
    .option('--live', 'model calls are made; else they come from the record, which says nothing of the provider')
    .option('--live-reads', 'reads that the tape lacks may run live')
    .option('--timeout <ms>', 'longest time of one re-run', atLeastOne, 5_000)
    .option('--alpha <share>', 'chance of a false alarm in a night, over all its tests', share, 0.01)
    .option('--max-calls <n>', 'hard stop of a night by live model calls', whole)
    .option('--max-cost <amount>', 'hard stop of a night by cost', amount)
    .action(async (name: string, options: AddOptions, self: Command) => {
      const context = await openContext(self);
      const { assertPriced, addSchedule } = await import('../../runtime/index.js');
      const model = options.live === true ? ('live' as const) : ('tape' as const);
      assertPriced(context.config, { model, maxCost: options.maxCost ?? null });
      const { agent, type, at, timezone, size, repeats, alpha } = options;
      const spec = {
        v: 1 as const,
        name,
        agent,
        type,
        at,
        timezone,
        size,
        repeats,
        model,
        liveReads: options.liveReads === true,
        timeoutMs: options.timeout,
        alpha,
        maxCalls: options.maxCalls ?? null,
        maxCost: options.maxCost ?? null,
      };
      const { checkSchedule } = await import('../../nightly/index.js');
      checkSchedule(spec);
      await show(context, (deps) => addSchedule(deps, spec, actor()));
      context.output.note(asCalled(`nights are computed while workers run: tenet dev`));
      context.output.note(asCalled(`next: tenet drift run ${name}`));
    });
  withExamples(
    command,
    'tenet drift schedule add underwriting --agent underwriter --type loan.approve --at 02:00 --timezone Europe/Berlin',
  );
}

function registerList(parent: Command): void {
  const command = parent
    .command('list')
    .description('schedules and when their next nights close')
    .action(async (_options: object, self: Command) => show(await openContext(self), () => Promise.resolve(null)));
  withExamples(command, 'tenet drift schedule list');
}

function registerAct(
  parent: Command,
  act: string,
  description: string,
  does: 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule',
): void {
  const command = parent
    .command(act)
    .description(description)
    .argument('<name>', 'schedule')
    .action(async (name: string, _options: object, self: Command) => {
      const runtime = await import('../../runtime/index.js');
      await show(await openContext(self), (deps) => runtime[does](deps, name, actor()));
    });
  withExamples(command, `tenet drift schedule ${act} underwriting`);
}

function registerBackfill(parent: Command): void {
  const command = parent
    .command('backfill')
    .description(
      'have nights computed that were missed, or computed again: a night that has its finding must come out the same',
    )
    .argument('<name>', 'schedule')
    .requiredOption('--from <date>', 'local date of the first night, YYYY-MM-DD')
    .requiredOption('--until <date>', 'local date of the last')
    .action(async (name: string, { from, until }: { readonly from: string; readonly until: string }, self: Command) => {
      const context = await openContext(self);
      const { backfillSchedule } = await import('../../runtime/index.js');
      const nights = await timed(context, (deps) =>
        backfillSchedule(deps, name, { from, until, by: actor() }, new Date()),
      );
      const view = { schedule: name, nights: nights.map((night) => night.toISOString()) };
      context.output.result(view, () => [
        `${view.nights.length} nights of ${name} are queued: ${view.nights[0]} to ${view.nights.at(-1)}`,
      ]);
      context.output.note(asCalled('workers compute them, one after the other: tenet dev'));
      context.output.note(asCalled(`next: tenet drift list --schedule ${name}`));
    });
  withExamples(command, 'tenet drift schedule backfill underwriting --from 2026-11-20 --until 2026-11-23');
}

/** Does it, then shows what there is. */
async function show(context: CommandContext, act: (deps: ScheduleDeps) => Promise<unknown>): Promise<void> {
  const { listSchedules } = await import('../../runtime/index.js');
  const rows = await timed(context, async (deps) => {
    await act(deps);
    return listSchedules(deps);
  });
  const views = rows.map(scheduleView);
  context.output.result(views, () => scheduleTable(views), views);
}

async function timed<T>({ config }: CommandContext, work: (deps: ScheduleDeps) => Promise<T>): Promise<T> {
  const { withTimers } = await import('../../runtime/index.js');
  const progress = createProgress('starting');
  return interruptible((signal) =>
    withTimers(config, { signal, onProgress: ({ message }) => progress.say(message) }, (deps) => {
      progress.end();
      return work(deps);
    }),
  );
}

/** The operating system's name of whoever runs the command; it proves nothing. */
function actor(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
