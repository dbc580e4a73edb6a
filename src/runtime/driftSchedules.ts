import type { Client } from '@temporalio/client';
import type { Json } from '@tenet-ledger/record';
import type { Stores } from '../db/index.js';
import { AppError } from '../errors/index.js';
import {
  checkSchedule,
  scheduleEntry,
  scheduleId,
  startFrom,
  startsOn,
  type DriftSchedule,
  type ScheduleAct,
  type ScheduleRow,
} from '../nightly/index.js';
import type { Platform } from '../platform/index.js';
import { driftScheduleId, nightWorkflowId, PLATFORM_QUEUE } from '../../workflows/ids.js';

/** What schedules are made with: the timers are Temporal's, what they mean is in the log. */
export interface ScheduleDeps {
  readonly platform: Pick<Platform, 'tenant' | 'ledger'>;
  readonly stores: Pick<Stores, 'schedules'>;
  readonly temporal: Client;
}

export interface ListedSchedule extends ScheduleRow {
  /** Next scheduled starts; empty where the timer is gone. */
  readonly next: readonly Date[];
  /** Whether Temporal has a timer of it. */
  readonly timed: boolean;
}

/** How long a night that was missed may still be caught up with. */
const CATCH_UP = '12h';
const MOST_NIGHTS = 400;
const DAY_MS = 86_400_000;

/** The same schedule again is the same one; another under its name is refused, since findings are named by it. */
export async function addSchedule(deps: ScheduleDeps, asked: DriftSchedule, by: string): Promise<ScheduleRow> {
  const { platform, stores, temporal } = deps;
  const spec = checkSchedule(asked);
  const id = scheduleId(platform.tenant, spec);
  const named = await stores.schedules.get(spec.name);
  if (named !== null && named.id !== id) {
    throw new AppError('input.invalid', `there is another schedule ${spec.name}`, {
      field: '--name',
      fix: `remove it first, or take another name: tenet drift schedule rm ${spec.name}`,
    });
  }
  const known = named ?? (await stores.schedules.get(id));
  const entry = known?.status === 'active' ? known.entryId : await log(deps, 'added', id, { spec: { ...spec }, by });
  const row = await stores.schedules.save(id, spec, entry);
  await createTimer(temporal, platform.tenant, row);
  return row;
}

async function createTimer(temporal: Client, tenant: string, { id, spec }: ScheduleRow): Promise<void> {
  const [hour = 0, minute = 0] = spec.at.split(':').map(Number);
  try {
    await temporal.schedule.create({
      scheduleId: driftScheduleId(tenant, id),
      spec: { calendars: [{ hour, minute }], timezone: spec.timezone },
      action: {
        type: 'startWorkflow',
        workflowType: 'driftNightWorkflow',
        workflowId: nightWorkflowId(tenant, id),
        taskQueue: PLATFORM_QUEUE,
        args: [{ tenant, schedule: id }],
      },
      policies: { overlap: 'BUFFER_ONE', catchupWindow: CATCH_UP, pauseOnFailure: false },
    });
  } catch (error) {
    // The timer of a schedule that was added before, or whose adding was broken off.
    if (!(error instanceof Error) || error.name !== 'ScheduleAlreadyRunning') throw error;
  }
}

export async function listSchedules({ platform, stores, temporal }: ScheduleDeps): Promise<ListedSchedule[]> {
  const rows: ListedSchedule[] = [];
  for (const row of await stores.schedules.list()) {
    const timer = await describeTimer(temporal, driftScheduleId(platform.tenant, row.id));
    rows.push({ ...row, next: timer?.info.nextActionTimes ?? [], timed: timer !== null });
  }
  return rows;
}

async function describeTimer(temporal: Client, id: string) {
  try {
    return await temporal.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof Error && error.name === 'ScheduleNotFoundError') return null;
    throw error;
  }
}

export async function pauseSchedule(deps: ScheduleDeps, name: string, by: string): Promise<ScheduleRow> {
  const row = await namedSchedule(deps.stores, name);
  await timerOf(deps, row).pause(`by ${by}`);
  await log(deps, 'paused', row.id, { by });
  await deps.stores.schedules.setStatus(row.id, 'paused');
  return { ...row, status: 'paused' };
}

export async function resumeSchedule(deps: ScheduleDeps, name: string, by: string): Promise<ScheduleRow> {
  const row = await namedSchedule(deps.stores, name);
  await createTimer(deps.temporal, deps.platform.tenant, row);
  await timerOf(deps, row).unpause(`by ${by}`);
  await log(deps, 'resumed', row.id, { by });
  await deps.stores.schedules.setStatus(row.id, 'active');
  return { ...row, status: 'active' };
}

/** Its findings stay. */
export async function removeSchedule(deps: ScheduleDeps, name: string, by: string): Promise<ScheduleRow> {
  const row = await namedSchedule(deps.stores, name);
  const timer = await describeTimer(deps.temporal, driftScheduleId(deps.platform.tenant, row.id));
  if (timer !== null) await timerOf(deps, row).delete();
  await log(deps, 'removed', row.id, { by });
  await deps.stores.schedules.setStatus(row.id, 'removed');
  return { ...row, status: 'removed' };
}

export interface Backfill {
  /** Local dates, YYYY-MM-DD, both included. */
  readonly from: string;
  readonly until: string;
  readonly by: string;
}

/** Has the nights between two dates computed, one after the other; those that have a finding are compared with it. */
export async function backfillSchedule(deps: ScheduleDeps, name: string, asked: Backfill, now: Date): Promise<Date[]> {
  const row = await namedSchedule(deps.stores, name);
  const nights = nightsBetween(row.spec, asked, now);
  const [first, last] = [nights[0], nights.at(-1)];
  if (first === undefined || last === undefined) {
    throw new AppError('input.invalid', 'no night of this schedule lies there and is over', {
      field: '--from, --until',
      expected: 'dates of which at least one night has ended',
      got: `${asked.from} to ${asked.until}`,
    });
  }
  await log(deps, 'backfilled', row.id, { from: first.toISOString(), until: last.toISOString(), by: asked.by });
  await createTimer(deps.temporal, deps.platform.tenant, row);
  await timerOf(deps, row).backfill({ start: new Date(first.getTime() - 1), end: last, overlap: 'BUFFER_ALL' });
  return nights;
}

function nightsBetween(spec: DriftSchedule, { from, until }: Backfill, now: Date): Date[] {
  const [first, last] = [localDay(from, '--from'), localDay(until, '--until')];
  if (last.getTime() - first.getTime() > MOST_NIGHTS * DAY_MS) {
    throw new AppError('input.invalid', `a backfill is of at most ${MOST_NIGHTS} nights`, {
      field: '--until',
      got: until,
    });
  }
  const nights: Date[] = [];
  for (let day = first.getTime(); day <= last.getTime(); day += DAY_MS)
    nights.push(...startsOf(spec, new Date(day)).filter((start) => start <= now));
  return nights;
}

const startsOf = (spec: DriftSchedule, day: Date): Date[] =>
  startsOn(spec, { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() }).map(
    (start) => new Date(start),
  );

/** The scheduled start that a date or an instant names; now without one. */
export function nightOf(spec: DriftSchedule, text: string | undefined, now: Date): Date {
  if (text === undefined) return now;
  const exact = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : startsOf(spec, localDay(text, '--night')).at(-1);
  if (exact !== undefined && !Number.isNaN(exact.getTime()) && exact <= now) return exact;
  const next = new Date(startFrom(spec, now.getTime())).toISOString();
  throw new AppError('input.invalid', 'there is no such night yet, or clocks jumped over it', {
    field: '--night',
    expected: `a local date or an RFC 3339 instant that is past; the next night closes ${next}`,
    got: text.slice(0, 40),
  });
}

function localDay(text: string, field: string): Date {
  const day = new Date(`${/^\d{4}-\d\d-\d\d$/.test(text) ? text : 'x'}T00:00:00Z`);
  if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day;
  throw new AppError('input.invalid', 'this is no date', { field, expected: 'YYYY-MM-DD', got: text.slice(0, 40) });
}

export async function namedSchedule(stores: Pick<Stores, 'schedules'>, name: string): Promise<ScheduleRow> {
  const row = await stores.schedules.get(name);
  if (row !== null && row.status !== 'removed') return row;
  throw new AppError('not_found', `there is no schedule ${name}`, {
    field: 'NAME',
    fix: 'see them: tenet drift schedule list',
  });
}

const timerOf = ({ temporal, platform }: ScheduleDeps, { id }: ScheduleRow) =>
  temporal.schedule.getHandle(driftScheduleId(platform.tenant, id));

/** Every act is an entry of its own. */
async function log(
  { platform }: ScheduleDeps,
  act: ScheduleAct,
  id: string,
  fields: Readonly<Record<string, Json>>,
): Promise<string> {
  const [entry] = await platform.ledger.append([scheduleEntry(act, id, fields)]);
  return entry?.id ?? '';
}
