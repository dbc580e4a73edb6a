let minute = -1;
let prefix = '';

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** RFC 3339 in UTC with milliseconds, as `toISOString` writes it; a minute is written once. */
export function isoTime(ms: number): string {
  const whole = Math.floor(ms);
  const at = Math.floor(whole / 60_000);
  if (at !== minute) {
    prefix = new Date(at * 60_000).toISOString().slice(0, 17);
    minute = at;
  }
  const rest = whole - at * 60_000;
  const milli = rest % 1000;
  return `${prefix}${two((rest - milli) / 1000)}.${milli < 10 ? '00' : milli < 100 ? '0' : ''}${milli}Z`;
}
