const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** A server may ask for more patience than our own ceiling, within reason. */
const LONGEST_ASKED_MS = 300_000;

/** Full jitter under a ceiling that doubles; what the server asks for is never undercut. `attempt` counts from 1. */
export function backoffMs(attempt: number, retryAfterMs: number | undefined, random: () => number): number {
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20)) * random();
  if (retryAfterMs === undefined) return own;
  // Everybody was told the same moment: the jitter comes on top.
  return Math.min(LONGEST_ASKED_MS, retryAfterMs) + own * 0.1;
}

/** RFC 9110 §10.2.3: seconds or an HTTP date. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
