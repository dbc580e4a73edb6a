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
