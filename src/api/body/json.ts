import { TextDecoder } from 'node:util';
import { AppError } from '../../errors/index.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether arrays and objects nest deeper than `limit`, told from the brackets outside strings. Looked at before anything is
 * parsed, since what walks a parsed value (schemas, canonical form) does so by recursion. The text need not be JSON.
 */
export function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    // [ and {, ] and }: pairs that differ in one bit.
    else if ((code & 0xffdf) === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if ((code & 0xffdf) === 0x5d) depth -= 1;
  }
  return false;
}

/** Place of the quote that ends the string, or of the end of the text. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote;
  }
  return text.length;
}

export const tooDeep = (limit: number, what: string): string => `${what} nests deeper than ${limit} arrays and objects`;

/** A whole body as one JSON value. Messages never quote it. */
export function readJsonBody(body: unknown, depth: number): unknown {
  const text = decode(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
  if (isDeeperThan(text, depth)) {
    throw new AppError('input.too_deep', tooDeep(depth, 'the body'), { field: '', expected: String(depth) });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError('input.invalid', 'the body is not JSON', { field: '' });
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('input.invalid', 'the body is not UTF-8', { field: '' });
  }
}
