import type { Json } from '@tenet-ledger/record';
import type { RawItem, ReadFrom } from '../types.js';
import { readLines, START } from './lines.js';

/** One JSON value a line. Blank lines count and are left out. */
export async function* readJsonLines(
  source: AsyncIterable<Uint8Array>,
  from: ReadFrom = START,
): AsyncGenerator<RawItem, void> {
  for await (const line of readLines(source, from)) {
    const at = { place: { unit: 'line', n: line.n } as const, end: line.end };
    if ('problem' in line) yield { ...at, problem: line.problem };
    else if (line.text.trim() !== '') yield { ...at, ...parseText(line.text) };
  }
}

/** The parser's own message would quote the text, so only what it says of the place is kept. */
export function parseText(text: string): { value: Json } | { problem: { field: string; message: string } } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: { field: '', message: `not JSON: ${whyNot(text, error)}` } };
  }
}

function whyNot(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/Unexpected end|Unterminated/i.test(message)) return 'it ends in the middle (cut off?)';
  const at = /position (\d+)/.exec(message)?.[1];
  if (at !== undefined) return `unexpected text at character ${Number(at) + 1} of ${text.length}`;
  return 'unexpected text';
}
