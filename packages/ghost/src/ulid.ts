import { randomFillSync } from 'node:crypto';
import { toBase32 } from '@tenet-ledger/record';

/** ULID: 48 bits of milliseconds and 80 random bits in Crockford's base32, 26 characters. Sorts by time. */
export function ulid(now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(17);
  // 130 bits for 128: two leading zero bits, so the whole is shifted right by two.
  const value =
    (BigInt(Math.floor(now)) << 80n) | random.subarray(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const shifted = value << 6n;
  for (let i = 0; i < 17; i += 1) bytes[i] = Number((shifted >> BigInt(8 * (16 - i))) & 0xffn);
  return toBase32(bytes, 26);
}

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** Asking the system for 16 bytes costs as much as for 4096. Every byte is used once. */
const pool = new Uint8Array(4096);
let taken = pool.length;
let ms = -1;
let time = '';

/** One of now, at a tenth of a microsecond: this is made on the caller's thread for every decision. */
export function newUlid(now: number = Date.now()): string {
  if (now !== ms) {
    ms = now;
    time = '';
    for (let i = 0, rest = now; i < TIME_CHARS; i += 1, rest = Math.floor(rest / 32)) time = DIGITS[rest % 32]! + time;
  }
  if (taken + RANDOM_CHARS > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  let out = time;
  for (let i = 0; i < RANDOM_CHARS; i += 1) out += DIGITS[pool[taken + i]! & 31]!;
  taken += RANDOM_CHARS;
  return out;
}
