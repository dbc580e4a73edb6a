import { InvalidArgumentError } from 'commander';

const DAY_MS = 86_400_000;

/** `30d` from now, a date (until the end of that day, UTC), or a time in RFC 3339. */
export function expiry(text: string, now: Date = new Date()): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * DAY_MS);
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(isDate ? `${text}T23:59:59.999Z` : text);
  const isReal =
    isDate && !Number.isNaN(at.getTime()) ? at.toISOString().startsWith(text) : !Number.isNaN(at.getTime());
  if ((isDate || isTime) && isReal) return at;
  throw new InvalidArgumentError('expected days such as 30d, a date such as 2027-01-31, or a time with its zone.');
}
