import type { Alternative, RuleResult } from '@tenet-ledger/record';
import { snapshotText, textOfAny } from './jsonText.js';
import type { Bounds, Notebook } from './notebook.js';
import { wellFormed } from './snapshot.js';

/** The decision of one run: the same reading in capture and in replay. */
export interface ReadDecision {
  /** null: the agent gave none. */
  readonly outcome: string | null;
  readonly confidence: number | null;
  readonly reasoning: readonly string[];
  readonly alternatives: readonly Alternative[];
  readonly rules: readonly RuleResult[] | undefined;
  /** What could not be read, each with the layer it is about. */
  readonly faults: readonly ReadFault[];
}

export interface ReadFault {
  readonly layer: 'outcome' | 'confidence' | 'reasons' | 'alternatives' | 'rules';
  readonly message: string;
}

type Layer = ReadFault['layer'];
export type Mappers = { readonly [layer in Layer]?: (result: unknown) => unknown };

/** What the agent said by `decide` stands before what a mapper reads. Never throws, whatever mappers return. */
export function readDecision(mappers: Mappers, result: unknown, notebook: Notebook): ReadDecision {
  const reader = new Reader(notebook.bounds);
  for (const message of notebook.faults) reader.fault('reasons', message);
  const map = (layer: Layer): unknown => mappers[layer]?.(result);
  const { decided, steps } = notebook;
  const said = decided?.options;
  const outcome = reader.guarded<string | null>('outcome', null, () =>
    reader.outcome(decided !== undefined ? decided.outcome : map('outcome')),
  );
  const confidence = reader.guarded<number | null>('confidence', null, () =>
    reader.confidence(said?.confidence !== undefined ? said.confidence : map('confidence')),
  );
  const told = reader.guarded<readonly string[]>('reasons', [], () => reader.texts(said?.reasoning));
  const reasons = reader.guarded<readonly string[]>('reasons', [], () => reader.texts(map('reasons')));
  const alternatives = reader.guarded<readonly Alternative[]>('alternatives', [], () => {
    const mapped = reader.items('alternatives', map('alternatives'));
    return reader.list('alternatives', [...notebook.alternatives, ...mapped], readAlternative);
  });
  const rules = reader.guarded<readonly RuleResult[] | undefined>('rules', undefined, () => {
    const given = said?.rules ?? map('rules');
    return given === undefined || given === null
      ? undefined
      : reader.list('rules', reader.items('rules', given), readRule);
  });
  const reasoning = told.length + reasons.length === 0 ? steps : reader.room([...steps, ...told, ...reasons]);
  return { outcome, confidence, reasoning, alternatives, rules, faults: reader.faults };
}

/** Never throws: errors are whatever somebody threw. */
export function messageOf(error: unknown): string {
  try {
    const text: unknown = error instanceof Error ? error.message : error;
    return wellFormed((textOfAny(text, 1000) ?? `a ${typeof text} was thrown`).slice(0, 1000));
  } catch {
    return 'an error that can not be read';
  }
}

class Reader {
  readonly faults: ReadFault[] = [];

  constructor(readonly bounds: Bounds) {}

  fault(layer: Layer, message: string): void {
    this.faults.push({ layer, message });
  }

  guarded<T>(layer: Layer, otherwise: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.fault(layer, `the ${layer} mapper threw: ${messageOf(error)}`);
      return otherwise;
    }
  }

  outcome(value: unknown): string | null {
    const { outcomeChars } = this.bounds;
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
    if (typeof value !== 'string' || value.trim() === '') return null;
    if (value.length <= outcomeChars) return wellFormed(value);
    this.fault('outcome', `the outcome was cut to ${outcomeChars} characters`);
    return wellFormed(value.slice(0, outcomeChars));
  }

  confidence(value: unknown): number | null {
    if (value === undefined || value === null) return null;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.fault('confidence', `confidence is ${typeof value === 'number' ? value : typeof value}, not a finite number`);
    return null;
  }

  texts(value: unknown): readonly string[] {
    if (value === undefined || value === null) return [];
    if (typeof value === 'string') return [wellFormed(value)];
    if (!Array.isArray(value)) {
      this.fault('reasons', `reasons are a ${typeof value}, not a list`);
      return [];
    }
    const items = Array.from(this.items('reasons', value)).filter((item) => item !== undefined);
    return items.map((item) => (typeof item === 'string' ? wellFormed(item) : snapshotText(item).text));
  }

  items(layer: Layer, value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) return [];
    const { items } = this.bounds;
    if (value.length <= items) return value as readonly unknown[];
    this.fault(layer, `${layer}: ${value.length} items, the first ${items} are kept`);
    return value.slice(0, items) as readonly unknown[];
  }

  list<T extends object>(
    layer: Layer,
    list: readonly unknown[],
    read: (value: unknown) => T | undefined,
  ): readonly T[] {
    const good: T[] = [];
    let left = this.bounds.chars;
    list.forEach((value, i) => {
      try {
        const item = read(value);
        if (item === undefined) return this.fault(layer, `${layer}: item ${i} is not one`);
        for (const member of Object.values(item) as unknown[]) left -= typeof member === 'string' ? member.length : 8;
        if (left >= 0) good.push(item);
      } catch (error) {
        this.fault(layer, `${layer}: reading item ${i} threw: ${messageOf(error)}`);
      }
    });
    if (left < 0) this.fault(layer, `${layer}: ${list.length - good.length} items found no room`);
    return good;
  }

  /** What of these texts finds room. */
  room(texts: readonly string[]): readonly string[] {
    let left = this.bounds.chars;
    const kept = texts.filter((text) => (left -= text.length) >= 0);
    if (kept.length < texts.length) this.fault('reasons', `${texts.length - kept.length} reasons found no room`);
    return kept;
  }
}

type Members = Record<string, unknown>;
const asMembers = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});
const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? wellFormed(value) : typeof value === 'number' ? String(value) : undefined;

/** The format knows these members alone; what else an agent hangs on them stays behind. */
function readAlternative(value: unknown): Alternative | undefined {
  const { action, target, score, reason } = asMembers(value);
  const named = asText(action);
  if (named === undefined || named === '') return undefined;
  return {
    action: named,
    ...(asText(target) !== undefined && { target: asText(target)! }),
    ...(typeof score === 'number' && Number.isFinite(score) && { score }),
    ...(asText(reason) !== undefined && { reason: asText(reason)! }),
  };
}

function readRule(value: unknown): RuleResult | undefined {
  const { id, fired, detail } = asMembers(value);
  const named = asText(id);
  if (named === undefined || named === '' || typeof fired !== 'boolean') return undefined;
  return { id: named, fired, ...(asText(detail) !== undefined && { detail: asText(detail)! }) };
}
