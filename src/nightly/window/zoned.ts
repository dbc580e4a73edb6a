/** A schedule's time of day in a named zone, as the server of the schedules reads it. */
export interface DailyTime {
  /** HH:MM */
  readonly at: string;
  /** IANA name. */
  readonly timezone: string;
}

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Zones have skipped a whole day; none skipped a week. */
const MOST_DAYS_BACK = 8;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}

/** Throws a RangeError for a zone that is not known. */
export function offsetMs(timezone: string, instantMs: number): number {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / 1000) * 1000;
}

/**
 * Instants of one local day at which the schedule starts, ascending: none where clocks jump over the time of day, and where they
 * pass it twice one or two. Which of these, follows the server: it takes the instant that the offset at "local time read as UTC"
 * leads to, and any later one. So zones west of Greenwich start twice and those east of it once, the second time.
 */
export function startsOn({ at, timezone }: DailyTime, local: Pick<LocalTime, 'year' | 'month' | 'day'>): number[] {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, hour, minute);
  const candidates = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offsetMs(timezone, near));
  const real = [...new Set(candidates)].filter((instant) => instant + offsetMs(timezone, instant) === asUtc);
  const first = firstTaken(timezone, asUtc);
  return real.filter((instant) => instant >= first).sort((a, b) => a - b);
}

function firstTaken(timezone: string, asUtc: number): number {
  const guess = asUtc - offsetMs(timezone, asUtc);
  return offsetMs(timezone, guess) === offsetMs(timezone, asUtc) ? guess : asUtc - offsetMs(timezone, guess);
}

/** The latest scheduled start before an instant: where its window opens. */
export function startBefore(time: DailyTime, instantMs: number): number {
  const local = new Date(instantMs + offsetMs(time.timezone, instantMs));
  for (let back = 0; back <= MOST_DAYS_BACK; back += 1) {
    const day = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() - back));
    const starts = startsOn(time, {
      year: day.getUTCFullYear(),
      month: day.getUTCMonth() + 1,
      day: day.getUTCDate(),
    });
    const before = starts.filter((start) => start < instantMs).at(-1);
    if (before !== undefined) return before;
  }
  return instantMs - 24 * HOUR_MS;
}

/** The first scheduled start at or after an instant. */
export function startFrom(time: DailyTime, instantMs: number): number {
  for (let ahead = instantMs; ; ahead += HOUR_MS) {
    const start = startBefore(time, ahead);
    if (start >= instantMs) return start;
  }
}
