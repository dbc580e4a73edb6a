import { TextDecoder } from 'node:util';
import { AppError, type ErrorCode } from '../../errors/index.js';

export const NDJSON = 'application/x-ndjson';

export type NdjsonLine =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly text: string; readonly problem: ErrorCode; readonly message: string };

/**
 * Lines count from 1; blank lines count and are left out. Messages never quote the line. The limits of the body hold before the
 * first line is given out; a line becomes text when it is asked for, so that a batch is not held twice.
 */
export function readNdjson(
  body: unknown,
  limits: { readonly lineBytes: number; readonly lines: number },
): Iterable<NdjsonLine> {
  return decoded(splitLines(Buffer.isBuffer(body) ? body : Buffer.alloc(0), limits.lines), limits.lineBytes);
}

function* decoded(lines: readonly Line[], lineBytes: number): Generator<NdjsonLine, void> {
  for (const { line, bytes } of lines) yield decodeLine(line, bytes, lineBytes);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface Line {
  readonly line: number;
  readonly bytes: Buffer;
}

function splitLines(bytes: Buffer, limit: number): Line[] {
  const found: Line[] = [];
  let start = 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = bytes.subarray(start, end);
    start = end + 1;
    if (isBlank(text)) continue;
    if (found.length === limit) {
      throw new AppError('input.too_large', `a batch has at most ${limit} lines`, { expected: String(limit) });
    }
    found.push({ line, bytes: text });
  }
  if (found.length === 0) {
    throw new AppError('input.invalid', 'the body holds no line', { field: '', expected: 'one JSON object a line' });
  }
  return found;
}

export function decodeLine(line: number, bytes: Buffer, lineBytes: number): NdjsonLine {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { line, text: '', problem: 'input.invalid', message: `line ${line} is not UTF-8` };
  }
  if (bytes.length <= lineBytes) return { line, text };
  const message = `line ${line} has ${bytes.length} bytes, the limit is ${lineBytes}`;
  return { line, text, problem: 'input.too_large', message };
}

function isBlank(text: Buffer): boolean {
  return text.length === 0 || (text.length <= 2 && text.toString('latin1').trim() === '');
}

/** undefined when the text is not JSON; the parser's own message would quote it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
