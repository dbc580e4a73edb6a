import { usageOf } from '@tenet-ledger/ghost/replay';
import type { Json } from '@tenet-ledger/record';

/** Model calls of one recorded run, as its tape shows them. */
export interface ModelUse {
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Adds up what each taped answer says of itself. */
export function modelUse(fields: ReadonlyMap<string, Json>): ModelUse {
  const total = { calls: 0, promptTokens: 0, completionTokens: 0 };
  for (const entry of tapeOf(fields)) {
    if (member(entry, 'kind') !== 'model') continue;
    const { promptTokens, completionTokens } = usageOf(member(entry, 'result'));
    total.calls += 1;
    total.promptTokens += promptTokens;
    total.completionTokens += completionTokens;
  }
  return total;
}

/** The entries of a recorded tape, whether it is one field or one field each. */
export function tapeOf(fields: ReadonlyMap<string, Json>): Json[] {
  const whole = fields.get('/tape');
  if (Array.isArray(whole)) return whole as Json[];
  return [...fields].flatMap(([path, value]) => (path.startsWith('/tape/') ? [value] : []));
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
