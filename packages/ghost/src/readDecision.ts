import type { Alternative, RuleResult } from '@tenet-ledger/record';
import type { Notebook } from './notebook.js';
import { snapshot, wellFormed } from './snapshot.js';
import type { AgentOptions, AnyFunction } from './types.js';

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

type Mappers = Pick<AgentOptions<AnyFunction>, 'outcome' | 'reasons' | 'confidence' | 'alternatives' | 'rules'>;

/** What the agent said by `decide` stands before what a mapper reads. */
export function readDecision(mappers: Mappers, result: unknown, notebook: Notebook): ReadDecision {
  const faults: ReadFault[] = [];
  const map = (layer: ReadFault['layer']): unknown => {
    const mapper = mappers[layer] as ((result: unknown) => unknown) | undefined;
    try {
      return mapper?.(result);
    } catch (error) {
      faults.push({ layer, message: `the ${layer} mapper threw: ${messageOf(error)}` });
      return undefined;
    }
  };
  const { decided } = notebook;
  const said = decided?.options;
  return {
    outcome: readOutcome(decided !== undefined ? decided.outcome : map('outcome')),
    confidence: readConfidence(said?.confidence !== undefined ? said.confidence : map('confidence'), faults),
    reasoning: [...notebook.steps, ...readTexts(said?.reasoning, faults), ...readTexts(map('reasons'), faults)],
    alternatives: readList(
      'alternatives',
      [...notebook.alternatives, ...asList(map('alternatives'))],
      readAlternative,
      faults,
    ),
    rules: readRules(said?.rules ?? map('rules'), faults),
    faults,
  };
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return wellFormed(text.slice(0, 1000));
}

function readOutcome(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : wellFormed(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  return null;
}

function readConfidence(value: unknown, faults: ReadFault[]): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  faults.push({
    layer: 'confidence',
    message: `confidence is ${typeof value === 'number' ? value : typeof value}, not a finite number`,
  });
  return null;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function readTexts(value: unknown, faults: ReadFault[]): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [wellFormed(value)];
  if (!Array.isArray(value)) {
    faults.push({ layer: 'reasons', message: `reasons are a ${typeof value}, not a list` });
    return [];
  }
  return value.map((item: unknown) =>
    typeof item === 'string' ? wellFormed(item) : JSON.stringify(snapshot(item).value),
  );
}

function readRules(value: unknown, faults: ReadFault[]): readonly RuleResult[] | undefined {
  return value === undefined || value === null ? undefined : readList('rules', asList(value), readRule, faults);
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

function readList<T>(
  layer: ReadFault['layer'],
  list: readonly unknown[],
  read: (value: unknown) => T | undefined,
  faults: ReadFault[],
): readonly T[] {
  const good: T[] = [];
  list.forEach((value, i) => {
    try {
      const item = read(value);
      if (item !== undefined) return void good.push(item);
      faults.push({ layer, message: `${layer}: item ${i} is not one` });
    } catch (error) {
      faults.push({ layer, message: `${layer}: reading item ${i} threw: ${messageOf(error)}` });
    }
  });
  return good;
}
