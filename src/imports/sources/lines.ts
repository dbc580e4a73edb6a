import { TextDecoder } from 'node:util';
import type { ImportProblem, ReadFrom } from '../types.js';

/** One line of a text file. `end`: bytes of the file used up with it. */
export type Line = { readonly n: number; readonly end: number } & (
  { readonly text: string } | { readonly problem: Omit<ImportProblem, 'place'> }
);

/** More than any record may take; a line beyond it is skipped without being held. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

export const START: ReadFrom = { offset: 0, n: 0 };

const LF = 0x0a;
const CR = 0x0d;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Lines of a byte stream that begins at `from`. LF and CRLF end a line, a byte order mark is left out, a line that is not UTF-8 or too
 * long is a problem of its own and the next one is read. Holds one line.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  from: ReadFrom = START,
  maxBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<Line, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let { offset, n } = from;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const take = (last: Uint8Array): Line => {
    const size = heldBytes + last.length;
    n += 1;
    const bytes = size > maxBytes ? null : Buffer.concat([...held, last], size);
    held = [];
    heldBytes = 0;
    return { n, end: offset, ...(bytes === null ? tooLong(size, maxBytes) : decode(decoder, bytes, n === 1)) };
  };
  for await (const chunk of source) {
    let start = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, start)) {
      offset += at + 1 - start;
      yield take(chunk.subarray(start, at));
      start = at + 1;
    }
    const rest = chunk.subarray(start);
    offset += rest.length;
    heldBytes += rest.length;
    // What is beyond the limit is counted and not kept.
    if (rest.length > 0 && heldBytes <= maxBytes) held.push(Buffer.from(rest));
    else if (heldBytes > maxBytes) held = [];
  }
  if (heldBytes > 0) yield take(new Uint8Array(0));
}

function tooLong(size: number, limit: number): { readonly problem: Omit<ImportProblem, 'place'> } {
  return {
    problem: { field: '', message: 'the line is too long', expected: `at most ${limit} bytes`, got: `${size} bytes` },
  };
}

function decode(
  decoder: TextDecoder,
  bytes: Buffer,
  first: boolean,
): { readonly text: string } | { readonly problem: Omit<ImportProblem, 'place'> } {
  let body: Uint8Array = bytes;
  if (first && BOM.every((byte, i) => bytes[i] === byte)) body = body.subarray(BOM.length);
  if (body.at(-1) === CR) body = body.subarray(0, -1);
  if (first && (body[0] === 0xff || body[0] === 0xfe)) {
    return {
      problem: { field: '', message: 'the file is not UTF-8 but looks like UTF-16', fix: 'convert it to UTF-8 first' },
    };
  }
  try {
    return { text: decoder.decode(body) };
  } catch {
    return { problem: { field: '', message: 'the line is not UTF-8', fix: 'convert the file to UTF-8' } };
  }
}
