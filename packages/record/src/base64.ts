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

function encode(bytes: Uint8Array, { chars }: Alphabet, padded: boolean): Uint8Array {
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
  return out;
}

function refuse(kind: Alphabet, why: string): never {
  throw new RecordError(kind.code, `text is not canonical ${kind.name}: ${why}`);
}

/** Decodes text[0, end). A character outside the alphabet has the value 255, which shows in `seen`. */
function decode(text: string, end: number, kind: Alphabet): Uint8Array {
  const { values } = kind;
  const rest = end % 4;
  if (rest === 1) refuse(kind, 'impossible length');
  const out = new Uint8Array(Math.floor((end * 3) / 4));
  let at = 0;
  let seen = 0;
  const whole = end - rest;
  for (let i = 0; i < whole; i += 4) {
    const a = values[text.charCodeAt(i)] ?? 255;
    const b = values[text.charCodeAt(i + 1)] ?? 255;
    const c = values[text.charCodeAt(i + 2)] ?? 255;
    const d = values[text.charCodeAt(i + 3)] ?? 255;
    seen |= a | b | c | d;
    out[at] = (a << 2) | (b >> 4);
    out[at + 1] = (b << 4) | (c >> 2);
    out[at + 2] = (c << 6) | d;
    at += 3;
  }
  if (rest > 0) {
    const a = values[text.charCodeAt(whole)] ?? 255;
    const b = values[text.charCodeAt(whole + 1)] ?? 255;
    const c = rest === 3 ? (values[text.charCodeAt(whole + 2)] ?? 255) : 0;
    seen |= a | b | c;
    out[at] = (a << 2) | (b >> 4);
    if (rest === 3) out[at + 1] = (b << 4) | (c >> 2);
    if ((rest === 3 ? c & 3 : b & 15) !== 0) refuse(kind, 'unused bits are not zero');
  }
  if (seen > 63) refuse(kind, 'a character outside the alphabet');
  return out;
}

export const toBase64 = (bytes: Uint8Array): string => asciiDecoder.decode(encode(bytes, standard, true));
export const toBase64Url = (bytes: Uint8Array): string => asciiDecoder.decode(encode(bytes, urlSafe, false));

/** The characters as bytes, for callers that hash them. */
export const base64UrlAscii = (bytes: Uint8Array): Uint8Array => encode(bytes, urlSafe, false);
export const fromAscii = (bytes: Uint8Array): string => asciiDecoder.decode(bytes);

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
