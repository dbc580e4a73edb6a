import type { Json } from '@tenet-ledger/record';
import type { ImportedDecision, RawItem, Converted, ImportProblem } from '../../src/imports/index.js';

/** The text as a stream in pieces of `size` bytes: every place is once the end of a piece. */
export async function* pieces(text: string | Buffer, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Value or problem of each item, with its number. */
export const shown = (items: readonly RawItem[]): [number, Json | { problem: string }][] =>
  items.map((item) => [item.place.n, 'value' in item ? item.value : { problem: item.problem.message }]);

export function theDecision(converted: readonly Converted[]): ImportedDecision {
  const [first] = converted;
  if (first === undefined || !('decision' in first)) throw new Error(`no decision: ${JSON.stringify(converted)}`);
  return first.decision;
}

export function problemOf(work: () => unknown): Omit<ImportProblem, 'place'> {
  try {
    work();
  } catch (error) {
    return (error as { problem: Omit<ImportProblem, 'place'> }).problem;
  }
  throw new Error('nothing was wrong');
}

export const AT = '2026-11-24T10:00:00.000Z';
