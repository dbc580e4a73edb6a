import type { Json } from '@tenet-ledger/record';
import type { ReasoningRun } from '../drift/index.js';

/** A recorded decision as the scorer sees a run: what it wrote to the world stands where a re-run proposes it. */
export function recordedRun(fields: ReadonlyMap<string, Json>): ReasoningRun | null {
  const outcome = fields.get('/decision/outcome');
  if (typeof outcome !== 'string') return null;
  return { outcome, steps: stepsOf(fields), actions: actionsOf(fields) };
}

function stepsOf(fields: ReadonlyMap<string, Json>): string[] {
  const whole = fields.get('/reasoning');
  if (Array.isArray(whole)) return whole.filter((step) => typeof step === 'string');
  return numbered(fields, '/reasoning/').filter((step) => typeof step === 'string');
}

function actionsOf(fields: ReadonlyMap<string, Json>): string[] {
  const whole = fields.get('/tape');
  const tape = Array.isArray(whole) ? (whole as Json[]) : numbered(fields, '/tape/');
  const actions = tape.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { effect, name, key } = entry as Record<string, Json>;
    if (typeof name !== 'string' || typeof key !== 'string') return [];
    return effect === 'write' || effect === 'irreversible' ? [`${name} ${key}`] : [];
  });
  return [...new Set(actions)].sort();
}

/** Members of a list whose elements are fields of their own, in the order of their positions. */
function numbered(fields: ReadonlyMap<string, Json>, prefix: string): Json[] {
  return [...fields]
    .flatMap(([path, value]) => {
      const rest = path.startsWith(prefix) ? path.slice(prefix.length) : '';
      return /^\d+$/.test(rest) ? [{ at: Number(rest), value }] : [];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
