import { randomFillSync } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
/** Two digits for each ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => DIGITS[bits >> 5]! + DIGITS[bits & 31]!);

/**
 * xoshiro128**, begun with 128 bits of the system's. An id has to differ from every other and is no secret; asking the system for each
 * handful of ids costs 50 µs, since that code has left the processor's caches by then.
 */
const state = randomFillSync(new Int32Array(4));
const turn = (bits: number, by: number): number => (bits << by) | (bits >>> (32 - by));

function next(): number {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const e = c ^ a;
  const f = d ^ b;
  state[0] = a ^ f;
  state[1] = b ^ e;
  state[2] = e ^ (b << 9);
  state[3] = turn(f, 11);
  return Math.imul(turn(Math.imul(b, 5), 7), 9);
}

let ms = -1;
let time = '';

/**
 * ULID: 48 bits of milliseconds and 80 random bits in Crockford's base32, 26 characters. Sorts by time. This is made on the caller's thread
 * for every decision.
 */
export function newUlid(now: number = Date.now()): string {
  if (now !== ms) {
    ms = now;
    time = '';
    for (let i = 0, rest = now; i < TIME_CHARS; i += 1, rest = Math.floor(rest / 32)) time = DIGITS[rest % 32]! + time;
  }
  return time + sixDigits(next()) + sixDigits(next()) + sixDigits(next()).slice(2);
}

const sixDigits = (bits: number): string =>
  PAIRS[bits & 1023]! + PAIRS[(bits >> 10) & 1023]! + PAIRS[(bits >> 20) & 1023]!;
