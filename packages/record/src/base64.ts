import { RecordError } from './errors.js';

// RFC 4648 §4 and §5, strict: exact padding (none for base64url), no white space, unused bits zero (§3.5). One text per value.

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PAD = 61;

interface Alphabet {
  readonly code: string;
  readonly name: string;
  readonly chars: Uint8Array;
  /** Character code → 0..63, or 255. */
  readonly values: Uint8Array;
}

function alphabet(text: string, code: string, name: string): Alphabet {
  const chars = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const values = new Uint8Array(256).fill(255);
  chars.forEach((char, value) => (values[char] = value));
  return { code, name, chars, values };
}

const standard = alphabet(STANDARD, 'record.base64', 'base64');
const urlSafe = alphabet(URL_SAFE, 'record.base64url', 'base64url');
const asciiDecoder = new TextDecoder();

function encode(bytes: Uint8Array, { chars }: Alphabet, padded: boolean): string {
  const whole = bytes.length - (bytes.length % 3);
  const rest = bytes.length - whole;
  const out = new Uint8Array((whole / 3) * 4 + (rest === 0 ? 0 : padded ? 4 : rest + 1));
  let at = 0;
  for (let i = 0; i < whole; i += 3) {
    const triple = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out[at] = chars[triple >> 18]!;
    out[at + 1] = chars[(triple >> 12) & 63]!;
    out[at + 2] = chars[(triple >> 6) & 63]!;
    out[at + 3] = chars[triple & 63]!;
    at += 4;
  }
  if (rest > 0) {
    const triple = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
    out[at] = chars[triple >> 18]!;
    out[at + 1] = chars[(triple >> 12) & 63]!;
    if (rest === 2) out[at + 2] = chars[(triple >> 6) & 63]!;
    if (padded) {
      if (rest === 1) out[at + 2] = PAD;
      out[at + 3] = PAD;
    }
  }
  return asciiDecoder.decode(out);
}

function refuse(kind: Alphabet, why: string): never {
  throw new RecordError(kind.code, `text is not canonical ${kind.name}: ${why}`);
}

function decode(text: string, end: number, kind: Alphabet): Uint8Array {
  const { values } = kind;
  const rest = end % 4;
  if (rest === 1) refuse(kind, 'impossible length');
  const out = new Uint8Array(Math.floor((end * 3) / 4));
  let at = 0;
  let seen = 0;
  const value = (i: number): number => {
    const code = text.charCodeAt(i);
    const six = code < 256 ? values[code]! : 255;
    seen |= six;
    return six;
  };
  const whole = end - rest;
  for (let i = 0; i < whole; i += 4) {
    const quad = (value(i) << 18) | (value(i + 1) << 12) | (value(i + 2) << 6) | value(i + 3);
    out[at] = quad >> 16;
    out[at + 1] = quad >> 8;
    out[at + 2] = quad;
    at += 3;
  }
  if (rest > 0) {
    const quad = (value(whole) << 18) | (value(whole + 1) << 12) | (rest === 3 ? value(whole + 2) << 6 : 0);
    out[at] = quad >> 16;
    if (rest === 3) out[at + 1] = quad >> 8;
    if ((quad & (rest === 3 ? 0xff : 0xffff)) !== 0) refuse(kind, 'unused bits are not zero');
  }
  if (seen > 63) refuse(kind, 'a character outside the alphabet');
  return out;
}

export const toBase64 = (bytes: Uint8Array): string => encode(bytes, standard, true);
export const toBase64Url = (bytes: Uint8Array): string => encode(bytes, urlSafe, false);

export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) refuse(standard, 'length is not a multiple of 4');
  let end = text.length;
  if (end > 0 && text.charCodeAt(end - 1) === PAD) end -= 1;
  if (end > 0 && end < text.length && text.charCodeAt(end - 1) === PAD) end -= 1;
  return decode(text, end, standard);
}

export const fromBase64Url = (text: string): Uint8Array => decode(text, text.length, urlSafe);

/** Crockford's base32 (the alphabet of ULID), most significant bit first, unpadded; for ids only. */
export function toBase32(bytes: Uint8Array, chars: number): string {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let out = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && out.length < chars) {
      bits -= 5;
      out += digits[(held >> bits) & 31]!;
    }
  }
  return out;
}
