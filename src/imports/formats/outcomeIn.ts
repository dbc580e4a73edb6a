import type { Json } from '@tenet-ledger/record';
import { brief, ItemError } from '../itemError.js';
import { valueAt } from '../mapping/pointer.js';

/** The text at `pointer` of an answer that is JSON, or JSON in text, also between code fences. */
export function outcomeIn(answer: Json, pointer: string): string {
  const value = typeof answer === 'string' ? readInside(answer) : answer;
  const found = value === undefined ? undefined : valueAt(value, pointer);
  if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return String(found);
  throw new ItemError(`outcome (${pointer})`, 'the answer holds no such text', {
    expected: 'an answer in JSON with text there',
    got: brief(answer),
  });
}

function readInside(text: string): Json | undefined {
  const json = /^\s*(?:```(?:json)?\s*)?([[{][\s\S]*?)(?:```)?\s*$/.exec(text)?.[1];
  try {
    return json === undefined ? undefined : (JSON.parse(json) as Json);
  } catch {
    return undefined;
  }
}
