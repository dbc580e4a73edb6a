import { createHash } from 'node:crypto';

const PREFIX = 'tnt_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_CHARS = 43; // 62^43 > 2^256
const CHECK_CHARS = 6; // 62^6 > 2^32
const PATTERN = /^tnt_[0-9A-Za-z]{49}$/;

/** `tnt_` + base62 of 32 random bytes + base62 of a 32-bit checksum, so that scanners and typos need no look-up. */
export function formatApiKey(secret: Uint8Array): string {
  if (secret.length !== 32) throw new RangeError(`expected 32 random bytes, got ${secret.length}`);
  const body = base62(secret, SECRET_CHARS);
  return PREFIX + body + checksum(body);
}

export function looksLikeApiKey(text: string): boolean {
  if (!PATTERN.test(text)) return false;
  const body = text.slice(PREFIX.length, -CHECK_CHARS);
  return text.endsWith(checksum(body));
}

function checksum(body: string): string {
  return base62(createHash('sha256').update(PREFIX).update(body).digest().subarray(0, 4), CHECK_CHARS);
}

function base62(bytes: Uint8Array, chars: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let i = 0; i < chars; i += 1) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
