import type { Json } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { nightId } from './ids.js';
import type { DriftSchedule } from './types.js';
import { offsetMs } from './window/index.js';

export const SCHEDULE_DEFAULTS = {
  at: '02:00',
  timezone: 'UTC',
  size: 200,
  repeats: 3,
  model: 'tape',
  liveReads: false,
  timeoutMs: 5_000,
  alpha: 0.01,
} as const;

/** Below it no night could be judged; above it a night becomes a run of its own. */
const SIZE = { least: 30, most: 20_000 } as const;
const REPEATS = { least: 2, most: 10 } as const;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Refused whole, with the flag that is wrong. */
export function checkSchedule(spec: DriftSchedule): DriftSchedule {
  const refuse = (field: string, expected: string, got: unknown): never => {
    throw new AppError('input.invalid', `the schedule's ${field.slice(2)} is not usable`, {
      field,
      expected,
      got: String(got).slice(0, 80),
    });
  };
  const within = (field: string, value: number, { least, most }: { least: number; most: number }): void => {
    if (!Number.isSafeInteger(value) || value < least || value > most)
      refuse(field, `a whole number from ${least} to ${most}`, value);
  };
  if (!NAME.test(spec.name)) refuse('--name', 'lower case letters, digits, ".", "_" and "-", at most 63', spec.name);
  if (!/^[\x21-\x7e]{1,200}$/.test(spec.agent)) refuse('--agent', 'name, or name@version', spec.agent);
  if (spec.type.trim() === '') refuse('--type', 'a decision type', spec.type);
  if (!TIME.test(spec.at)) refuse('--at', 'a time of day from 00:00 to 23:59', spec.at);
  if (!isZone(spec.timezone)) refuse('--timezone', 'an IANA name such as Europe/Berlin', spec.timezone);
  within('--size', spec.size, SIZE);
  within('--repeats', spec.repeats, REPEATS);
  if (!(spec.alpha > 0 && spec.alpha <= 0.2)) refuse('--alpha', 'a share above 0 and up to 0.2', spec.alpha);
  return spec;
}

function isZone(name: string): boolean {
  try {
    offsetMs(name, 0);
    return true;
  } catch {
    return false;
  }
}

export const scheduleId = (tenant: string, spec: DriftSchedule): string => nightId('sch_', [tenant, spec]);

export type ScheduleAct = 'added' | 'paused' | 'resumed' | 'removed' | 'backfilled';

/** What was done to a schedule, as an entry: who and when is part of the evidence of monitoring. */
export function scheduleEntry(act: ScheduleAct, schedule: string, fields: Readonly<Record<string, Json>>) {
  return {
    kind: 'run' as const,
    type: `schedule.${act}`,
    fields: [
      { path: '/schedule', value: schedule },
      ...Object.entries(fields).map(([name, value]) => ({ path: `/${name}`, value })),
    ],
  };
}
