import { unflattenRecord, type Alternative, type Json, type Link, type RuleResult } from '@tenet-ledger/record';
import type { Checkpoint, DecisionView, StoredEntry } from '../../ledger/index.js';
import { toHex } from '@tenet-ledger/record';

/** One row of `decision list`. */
export interface DecisionSummary {
  readonly id: string;
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
  readonly session: string | null;
  /** null when it was erased or never disclosed. */
  readonly outcome: string | null;
  readonly confidence: number | null;
  /** What a re-run can make of it, A to D, and why not more. */
  readonly grade: { readonly grade: string; readonly reasons: readonly string[] } | null;
  readonly erased: boolean;
  /** null while queued. */
  readonly index: number | null;
}

/** Everything `decision show` prints, and its JSON form. */
export interface DecisionDetail extends DecisionSummary {
  readonly goal: string | null;
  readonly origin: string | null;
  readonly constraints: readonly string[];
  /** In order; null for a step that is withheld. */
  readonly reasoning: readonly (string | null)[];
  readonly rules: readonly RuleResult[];
  readonly alternatives: readonly Alternative[];
  readonly inputs: Json | null;
  readonly model: string | null;
  readonly promptVersion: string | null;
  readonly sdk: string | null;
  readonly codeDigest: string | null;
  readonly lineage: Readonly<Record<string, Json>>;
  readonly tape: readonly TapeCall[];
  readonly links: readonly Link[];
  /** Entries of people and systems about this decision, oldest first. */
  readonly oversight: readonly LinkedEntry[];
  readonly ledger: LedgerPosition;
  /** Fields of S whose value is not stored any more. */
  readonly withheld: readonly string[];
}

export interface TapeCall {
  readonly n: number;
  readonly kind: string;
  readonly name: string;
  readonly effect: string;
  readonly key: string;
  readonly durMs: number;
  readonly failed: string | null;
}

export interface LinkedEntry {
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
}

export interface LedgerPosition {
  readonly index: number | null;
  /** The newest checkpoint, if it covers the entry. */
  readonly checkpoint: { readonly size: number; readonly root: string } | null;
  readonly log: string;
  readonly kid: string;
  readonly producer: string;
  readonly seq: number;
  readonly subject: string | null;
  /** Where the producer saw the log before it decided: a lower bound in time. */
  readonly after: { readonly size: number } | null;
}

/** What a row of `decision list` shows of the values. */
export const SUMMARY_FIELDS: ReadonlySet<string> = new Set([
  '/intent/session',
  '/decision/outcome',
  '/decision/confidence',
  '/grade',
]);

export function decisionSummary(view: DecisionView): DecisionSummary {
  const { entry, fields } = view;
  return {
    id: view.id,
    type: entry.type,
    agent: entry.agent,
    occurredAt: entry.occurred_at,
    session: textOf(fields.get('/intent/session')),
    outcome: textOf(fields.get('/decision/outcome')),
    confidence: numberOf(fields.get('/decision/confidence')),
    grade: gradeOf(fields.get('/grade')),
    erased: view.erased,
    index: view.idx,
  };
}

/**
 * Values bind to the record by digest and not by schema: each is looked at before it is used as what its path says, so
 * that a hostile producer can make a screen useless for its own record and nothing worse.
 */
export function decisionDetail(
  view: DecisionView,
  linked: readonly StoredEntry[],
  head: Checkpoint | null,
): DecisionDetail {
  const { entry, fields, idx } = view;
  const record = unflattenRecord(fields);
  const { intent, provenance } = record;
  return {
    ...decisionSummary(view),
    goal: textOf(intent?.goal),
    origin: textOf(intent?.origin),
    constraints: listOf(intent?.constraints).filter(isText),
    reasoning: listOf(record.reasoning).map((step) => (step === null ? null : shown(step))),
    rules: listOf(record.decision?.rules).filter(isRule),
    alternatives: listOf(record.alternatives).filter(isAlternative),
    inputs: record.context?.inputs ?? null,
    model: textOf(provenance?.model),
    promptVersion: textOf(provenance?.promptVersion),
    sdk: textOf(provenance?.sdk),
    codeDigest: textOf(provenance?.codeDigest),
    lineage: isMap(provenance?.lineage) ? provenance.lineage : {},
    tape: listOf(record.tape).flatMap(tapeCall),
    links: entry.links,
    oversight: linked.map((other) => ({
      id: other.id,
      kind: other.entry.kind,
      type: other.entry.type,
      agent: other.entry.agent,
      occurredAt: other.entry.occurred_at,
    })),
    ledger: {
      index: idx,
      checkpoint: head !== null && idx !== null && idx < head.size ? { size: head.size, root: toHex(head.root) } : null,
      log: entry.log,
      kid: entry.producer.kid,
      producer: entry.producer.id,
      seq: entry.producer.seq,
      subject: entry.subject ?? null,
      after: entry.after === undefined ? null : { size: entry.after.size },
    },
    withheld: Object.keys(entry.fields)
      .filter((path) => !fields.has(path))
      .sort(),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const textOf = (value: unknown): string | null => (isText(value) ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const shown = (value: unknown): string => (isText(value) ? value : (JSON.stringify(value) ?? ''));

function isMap(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const optional = (value: unknown, type: 'string' | 'number'): boolean => value === undefined || typeof value === type;

function isRule(value: unknown): value is RuleResult {
  return (
    isMap(value) && isText(value['id']) && typeof value['fired'] === 'boolean' && optional(value['detail'], 'string')
  );
}

function isAlternative(value: unknown): value is Alternative {
  const fits = isMap(value) && isText(value['action']) && optional(value['score'], 'number');
  return fits && optional(value['reason'], 'string') && optional(value['target'], 'string');
}

function gradeOf(value: unknown): DecisionSummary['grade'] {
  if (!isMap(value) || !isText(value['grade'])) return null;
  return { grade: value['grade'], reasons: listOf(value['reasons']).filter(isText) };
}

function tapeCall(value: unknown): TapeCall[] {
  if (!isMap(value) || !isText(value['name'])) return [];
  const error = value['error'];
  return [
    {
      n: numberOf(value['n']) ?? 0,
      kind: textOf(value['kind']) ?? '?',
      name: value['name'],
      effect: textOf(value['effect']) ?? 'unknown',
      key: textOf(value['key']) ?? '',
      durMs: numberOf(value['durMs']) ?? 0,
      failed: isMap(error) ? shown(error['message'] ?? error['code'] ?? 'error') : null,
    },
  ];
}
