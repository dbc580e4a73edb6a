import type { Clock, Length } from './regimes.js';

// Calendar arithmetic on civil dates (YYYY-MM-DD). The day of the event is not counted; a period ends with its last day.

const DAY_MS = 86_400_000;

const utc = (date: string): Date => new Date(`${date}T00:00:00.000Z`);
const civil = (date: Date): string => date.toISOString().slice(0, 10);

/** Whether it is a day of the calendar, written as YYYY-MM-DD. */
export function isCivilDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(utc(text).getTime()) && civil(utc(text)) === text;
}

export const addDays = (date: string, count: number): string => civil(new Date(utc(date).getTime() + count * DAY_MS));

/** The same day of a later month, or that month's last one where it has none (Regulation 1182/71 Art. 3(2)(c)). */
export function addMonths(date: string, count: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - 1 + count + 1, 0));
  return civil(new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(day, last.getUTCDate()))));
}

/** Monday to Friday; public holidays are not known here, and each of them makes the true date earlier. */
export function businessDaysBefore(date: string, count: number): string {
  let at = date;
  for (let left = count; left > 0;) {
    at = addDays(at, -1);
    if (!isWeekend(at)) left -= 1;
  }
  return at;
}

export function isWeekend(date: string): boolean {
  const day = utc(date).getUTCDay();
  return day === 0 || day === 6;
}

export const addLength = (date: string, { unit, count }: Length): string =>
  unit === 'days' ? addDays(date, count) : addMonths(date, count);

/** Last day of the period; null where the rule names no time. Throws for `stated`: that date is the letter's. */
export function lastDay(clock: Clock, from: string): string | null {
  switch (clock.unit) {
    case 'days':
    case 'months':
      return addLength(from, clock);
    case 'business-days-before':
      return businessDaysBefore(from, clock.count);
    case 'none':
      return null;
    case 'stated':
      throw new RangeError('the date of this clock is the one the letter states');
  }
}

/** The instant at which this day ends where it is counted: 24:00 local time, whatever summer time does that night. */
export function endOfDay(date: string, timeZone: string): Date {
  return startOfDay(addDays(date, 1), timeZone);
}

function startOfDay(date: string, timeZone: string): Date {
  const wanted = utc(date).getTime();
  let at = wanted;
  // The offset may itself change between the guess and the answer: twice settles it.
  for (let i = 0; i < 3; i += 1) at = wanted - offsetAt(at, timeZone);
  return new Date(at);
}

/** Milliseconds by which local time is ahead of UTC. */
function offsetAt(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(ms);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return local - Math.floor(ms / 1000) * 1000;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
