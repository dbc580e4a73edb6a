import type { Screen } from '../output.js';
import type { DecisionChange, ForbiddenMark } from '../views/gate.js';
import type { DiffStep } from '../../replay/index.js';
import { forTerminal } from './escape.js';
import { markDifference, markedLines, markRanges, unmarked, whole, type Piece } from './marks.js';
import { clip, displayWidth, padEnd, wrap } from './width.js';

const MAX_SENTENCE = 600;
const MIN_SIDE = 44;

/** Outcome line of one decision: what stayed, what changed, how sure. */
export function changeTitle(change: DecisionChange, { paint }: Screen): string {
  const { baselineOutcome: before, candidateOutcome: after, flip } = change;
  const outcome = flip
    ? `${clip(before ?? '–', 30)} → ${clip(after ?? '–', 30)}`
    : `${clip(before ?? '–', 30)} = ${clip(after ?? before ?? '–', 30)}`;
  const evidence = change.pValue === null ? '' : `  p ${shownP(change.pValue)}`;
  return `${paint('bold', forTerminal(change.decision))}  ${outcome}  ${change.verdict}  drift ${change.driftIndex.toFixed(2)}${evidence}`;
}

export const shownP = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

export interface SideBySideOptions {
  readonly baseline: string;
  readonly candidate: string;
  /** Only the steps that changed. */
  readonly changedOnly: boolean;
}

/** Two columns where the screen has room for them, else one under the other. What changed is marked in both. */
export function sideBySide(
  { steps, forbidden }: Pick<DecisionChange, 'steps' | 'forbidden'>,
  options: SideBySideOptions,
  screen: Screen,
): string[] {
  const marked = pairUp(steps)
    .map((row) => markRow(row, forbidden))
    .filter((row) => !options.changedOnly || row.sign !== ' ');
  if (marked.length === 0) return [];
  const half = Math.floor((screen.width - 7) / 2);
  const heads = [`baseline ${clip(options.baseline, 60)}`, `candidate ${clip(options.candidate, 60)}`] as const;
  if (half < MIN_SIDE) return stacked(marked, screen);
  const lines = [`    ${screen.paint('dim', padEnd(heads[0], half))} ${screen.paint('dim', heads[1])}`];
  for (const row of marked) lines.push(...columns(row, half, screen));
  return lines;
}

/** A reason swapped for another is one dropped step and one added: they are shown on one line. */
function pairUp(rows: readonly DiffStep[]): DiffStep[] {
  const dropped = rows.filter((row) => row.mark === 'dropped');
  const paired = rows
    .filter((row) => row.mark !== 'dropped')
    .map((row) => {
      const gone = row.mark === 'added' ? dropped.shift() : undefined;
      return gone === undefined ? row : { ...row, baseline: gone.baseline, notes: [...row.notes, ...gone.notes] };
    });
  return [...paired, ...dropped];
}

interface MarkedRow {
  readonly baseline: Cell | null;
  readonly candidate: Cell | null;
  /** As in a diff: changed, dropped, added, none. */
  readonly sign: '≠' | '-' | '+' | ' ';
  readonly notes: readonly string[];
}

interface Cell {
  readonly step: number;
  readonly pieces: readonly Piece[];
}

const SIGNS = { same: ' ', reworded: ' ', changed: '≠', dropped: '-', added: '+' } as const;

interface Sentence {
  readonly step: number;
  readonly text: string;
}

/** A forbidden reason is marked by its own words; an edit by the words that differ; another reason as a whole. */
function markRow(row: DiffStep, forbidden: readonly ForbiddenMark[]): MarkedRow {
  const baseline = row.baseline && { step: row.baseline.step + 1, text: row.baseline.text.slice(0, MAX_SENTENCE) };
  const candidate = row.candidate && { step: row.candidate.step + 1, text: row.candidate.text.slice(0, MAX_SENTENCE) };
  const at = row.candidate?.step;
  const matches = forbidden.filter(({ step, from }) => step === at && from < MAX_SENTENCE);
  const notes = [...new Set([...matches.map(({ reason }) => `forbidden: ${reason}`), ...row.notes])];
  const cell = (of: Sentence | null, parts: (text: string) => readonly Piece[]): Cell | null =>
    of && { step: of.step, pieces: parts(of.text) };
  if (matches.length > 0) {
    const plain = row.mark === 'same' || row.mark === 'reworded' ? unmarked : whole;
    return {
      baseline: cell(baseline, plain),
      candidate: cell(candidate, (text) => markRanges(text, matches)),
      sign: baseline === null ? '+' : '≠',
      notes,
    };
  }
  if (row.mark === 'changed' && baseline !== null && candidate !== null) {
    const pair = markDifference(baseline.text, candidate.text);
    return {
      baseline: cell(baseline, () => pair.baseline),
      candidate: cell(candidate, () => pair.candidate),
      sign: '≠',
      notes,
    };
  }
  const mark = row.mark === 'dropped' || row.mark === 'added' ? whole : unmarked;
  const sign = row.mark === 'added' && baseline !== null ? SIGNS.changed : SIGNS[row.mark];
  return { baseline: cell(baseline, mark), candidate: cell(candidate, mark), sign, notes };
}

function columns(row: MarkedRow, half: number, screen: Screen): string[] {
  const left = cellLines(row.baseline, 'baseline', half, screen);
  const right = cellLines(row.candidate, 'candidate', half, screen);
  const height = Math.max(left.length, right.length);
  const lines = Array.from({ length: height }, (_, at) => {
    const sign = at === 0 ? row.sign : ' ';
    return `  ${sign} ${padEnd(left[at] ?? '', half)} ${right[at] ?? ''}`.trimEnd();
  });
  return [...lines, ...noteLines(row, half + 5, screen.width)];
}

function stacked(rows: readonly MarkedRow[], screen: Screen): string[] {
  const width = screen.width - 4;
  return rows.flatMap((row) => {
    const under = (lines: readonly string[], sign: string): string[] =>
      lines.map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`.trimEnd());
    if (row.sign === ' ') return under(cellLines(row.candidate ?? row.baseline, 'candidate', width, screen), ' ');
    const before = row.baseline === null ? [] : under(cellLines(row.baseline, 'baseline', width, screen), '-');
    const after = row.candidate === null ? [] : under(cellLines(row.candidate, 'candidate', width, screen), '+');
    return [...before, ...after, ...noteLines(row, 4, screen.width)];
  });
}

function cellLines(cell: Cell | null, side: 'baseline' | 'candidate', width: number, screen: Screen): string[] {
  if (cell === null) return ['·'];
  const label = `${cell.step} `;
  const lines = markedLines(cell.pieces, side, width - displayWidth(label), screen);
  return lines.map((line, at) => (at === 0 ? label : ' '.repeat(label.length)) + line);
}

function noteLines({ notes }: MarkedRow, indent: number, width: number): string[] {
  if (notes.length === 0) return [];
  const lines = wrap(notes.map((note) => clip(note, 100)).join(' · '), Math.max(20, width - indent - 2));
  return lines.map((line, at) => `${' '.repeat(indent)}${at === 0 ? '↑' : ' '} ${line}`);
}
