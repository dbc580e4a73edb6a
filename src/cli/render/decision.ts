import type { Json } from '@tenet-ledger/record';
import type { Screen } from '../output.js';
import type { DecisionDetail, DecisionSummary, LinkedEntry, TapeCall } from '../views/decision.js';
import { forTerminal } from './escape.js';
import { count, plural, seconds, shortHash } from './numbers.js';
import { labelled, table } from './table.js';
import { clip, padEnd, wrap } from './width.js';

const MAX_CELL = 28;
const MAX_INPUTS = 24;
const LABEL = 13;

export function decisionTable(rows: readonly DecisionSummary[]): string[] {
  const columns = ['DECISION', 'OUTCOME', 'GRADE', 'TYPE', 'AGENT', 'OCCURRED'].map((title) => ({ title }));
  const leaf = { title: 'LEAF', align: 'right' } as const;
  return table(
    [...columns, leaf],
    rows.map((row) => [
      forTerminal(row.id),
      row.outcome === null ? (row.erased ? 'ERASED' : '–') : clip(row.outcome, MAX_CELL),
      row.grade === null ? '–' : clip(row.grade.grade, 4),
      clip(row.type, MAX_CELL),
      clip(row.agent, MAX_CELL),
      clip(row.occurredAt, MAX_CELL),
      row.index === null ? 'queued' : count(row.index),
    ]),
  );
}

/** One decision on one screen: what, why, what else, on which ground, and where it stands in the log. */
export function decisionLines(decision: DecisionDetail, screen: Screen): string[] {
  const { paint, width } = screen;
  const room = width - LABEL - 1;
  const put = (label: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : labelled(paint('dim', padEnd(label, LABEL)), lines, LABEL);
  return [
    `${paint('bold', forTerminal(decision.id))}  ${forTerminal(decision.occurredAt)}`,
    headline(decision, screen),
    ...put('Goal', decision.goal === null ? [] : wrap(clip(decision.goal, 400), room)),
    ...put('Why', why(decision, room)),
    ...put('Rules', rules(decision, room)),
    ...put('Alternatives', decision.erased ? [] : wrap(alternatives(decision), room)),
    ...put('Inputs', inputs(decision.inputs, room)),
    ...put('Grade', gradeLines(decision, room)),
    ...put('Lineage', wrap(lineage(decision), room)),
    ...put('Oversight', oversight(decision.oversight)),
    ...put('Tape', tape(decision.tape, decision.erased, room)),
    ...put('Ledger', wrap(ledger(decision), room)),
    ...put('Withheld', decision.withheld.length === 0 ? [] : wrap(withheld(decision), room)),
  ];
}

function headline(decision: DecisionDetail, { paint }: Screen): string {
  const { type, outcome, agent, confidence, grade, erased } = decision;
  const result = outcome === null ? (erased ? 'ERASED' : 'WITHHELD') : clip(outcome, 40).toUpperCase();
  const parts = [`${paint('bold', `${clip(type, 40)} → ${result}`)}`, `agent ${clip(agent, 60)}`];
  if (confidence !== null) parts.push(`score ${confidence.toFixed(2)}`);
  if (grade !== null) parts.push(`replayable ${clip(grade.grade, 4)}`);
  return parts.join('   ');
}

const MAX_REASONS = 8;

/** Nothing to say of an A without reasons. */
function gradeLines({ grade }: DecisionDetail, room: number): string[] {
  if (grade === null || grade.reasons.length === 0) return [];
  const more = grade.reasons.length - MAX_REASONS;
  return [
    ...grade.reasons
      .slice(0, MAX_REASONS)
      .flatMap((reason, at) =>
        labelled(at === 0 ? clip(grade.grade, 4) : '', wrap(clip(reason, 400), Math.max(20, room - 3)), 2),
      ),
    ...(more > 0 ? [`   … ${plural(more, 'more reason')} in -o json`] : []),
  ];
}

function why({ reasoning, erased }: DecisionDetail, room: number): string[] {
  if (erased) return ['erased: the key of this person was destroyed; the proofs still hold'];
  if (reasoning.length === 0) return ['no reasoning was recorded'];
  const digits = String(reasoning.length).length;
  return reasoning.flatMap((step, at) => {
    const lines = step === null ? ['WITHHELD'] : wrap(clip(step, 2000), Math.max(20, room - digits - 2));
    return labelled(String(at + 1), lines, digits + 1);
  });
}

function rules({ rules: list }: DecisionDetail, room: number): string[] {
  const ordered = [...list.filter((rule) => rule.fired), ...list.filter((rule) => !rule.fired)];
  const text = ordered.map(({ id, fired, detail }) => {
    const note = detail === undefined ? '' : ` (${clip(detail, 60)})`;
    return `${clip(id, 40)} ${fired ? 'fired' : 'did not fire'}${note}`;
  });
  return text.length === 0 ? [] : wrap(text.join(' · '), room);
}

function alternatives({ alternatives: list }: DecisionDetail): string {
  if (list.length === 0) return 'none recorded';
  const ranked = [...list].sort((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity));
  return ranked
    .map(({ action, score, reason }) => {
      const value = score === undefined ? '' : ` ${score.toFixed(2)}`;
      return `${clip(action, 40)}${value}${reason === undefined ? '' : ` (${clip(reason, 60)})`}`;
    })
    .join(' · ');
}

function inputs(value: Json | null, room: number): string[] {
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return wrap(clip(JSON.stringify(value), 400), room);
  const pairs = Object.entries(value).map(([key, inner]) => {
    const text = typeof inner === 'string' ? inner : JSON.stringify(inner);
    return `${clip(key, 40)} ${clip(text, 60)}`;
  });
  const more = pairs.length > MAX_INPUTS ? [`… ${plural(pairs.length - MAX_INPUTS, 'more input')} in -o json`] : [];
  return wrap([...pairs.slice(0, MAX_INPUTS), ...more].join(' · '), room);
}

function lineage(decision: DecisionDetail): string {
  const parts = Object.entries(decision.lineage).map(
    ([key, value]) => `${clip(key, 40)} ${clip(typeof value === 'string' ? value : JSON.stringify(value), 80)}`,
  );
  if (decision.session !== null) parts.unshift(`session ${clip(decision.session, 60)}`);
  if (decision.model !== null) parts.push(`model ${clip(decision.model, 60)}`);
  if (decision.promptVersion !== null) parts.push(`prompt ${clip(decision.promptVersion, 60)}`);
  if (decision.sdk !== null) parts.push(clip(decision.sdk, 60));
  return parts.length === 0 ? 'none recorded' : parts.join(' · ');
}

const OVERSIGHT_KINDS = new Set(['override', 'correction', 'approval', 'effect', 'waiver', 'hold', 'erasure']);

function oversight(linked: readonly LinkedEntry[]): string[] {
  const relevant = linked.filter((entry) => OVERSIGHT_KINDS.has(entry.kind));
  if (relevant.length === 0) return ['none recorded'];
  return relevant.map(
    ({ kind, type, agent, occurredAt, id }) =>
      `${forTerminal(kind)} ${clip(type, 40)} by ${clip(agent, 40)} ${clip(occurredAt, 30)}  ${clip(id, 60)}`,
  );
}

function tape(calls: readonly TapeCall[], erased: boolean, room: number): string[] {
  if (calls.length === 0) return erased ? [] : ['no calls'];
  const text = calls.map(({ name, effect, kind, durMs, failed }) => {
    const what = kind === 'tool' ? effect : kind;
    return `${clip(name, 40)} (${clip(what, 20)}) ${seconds(durMs)}${failed === null ? '' : ` failed: ${clip(failed, 60)}`}`;
  });
  return wrap(`${plural(calls.length, 'call')}: ${text.join(' · ')}`, room);
}

function ledger({ ledger: at }: DecisionDetail): string {
  const parts = [at.index === null ? 'queued, not in the tree yet' : `leaf ${count(at.index)}`];
  if (at.checkpoint !== null)
    parts.push(`under checkpoint ${count(at.checkpoint.size)} (root ${shortHash(at.checkpoint.root)})`);
  else if (at.index !== null) parts.push('no checkpoint covers it yet');
  parts.push(`key ${clip(at.kid, 40)}`, `${clip(at.producer, 40)} #${count(at.seq)}`);
  if (at.after !== null) parts.push(`not before checkpoint ${count(at.after.size)}`);
  return parts.join(' · ');
}

function withheld({ withheld: paths }: DecisionDetail): string {
  return `${plural(paths.length, 'field')}: ${paths.map((path) => clip(path, 60)).join(' ')}`;
}
