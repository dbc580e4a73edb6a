import type { ImportProblem } from '../../imports/index.js';
import type { ImportReport, ShownRow } from '../views/import.js';
import type { Screen } from '../output.js';
import { forTerminal } from './escape.js';
import { count, plural } from './numbers.js';
import { table } from './table.js';
import { clip } from './width.js';

const MAX_REASONS = 12;

/** `file:line` first, as editors expect it. */
export function problemText(file: string, { place, field, message, expected, got, fix }: ImportProblem): string {
  const parts = [
    clip(message, 300),
    ...(expected === undefined ? [] : [`expected ${clip(expected, 200)}`]),
    ...(got === undefined ? [] : [`got ${clip(got, 200)}`]),
  ];
  const where = place.unit === 'item' ? `${clip(file, 200)}: item ${place.n}` : `${clip(file, 200)}:${place.n}`;
  const hint = fix === undefined || fix === '' ? '' : `; ${clip(fix, 200)}`;
  return `${where} ${field === '' ? '' : `${clip(field, 120)}: `}${parts.join(', ')}${hint}`;
}

/** What the import did, or would do: how many, at which grades and why, and what was not taken. */
export function importLines(report: ImportReport, screen: Screen): string[] {
  const { counts, dryRun, file, producer, rows } = report;
  const { paint } = screen;
  return [
    ...(dryRun ? [...rowLines(rows, counts.recorded), ''] : []),
    `${dryRun ? 'would record' : 'recorded'} ${plural(counts.recorded, 'decision')} of ${plural(counts.units, ...unitOf(report))} of ${clip(file, 100)}`,
    ...others(report),
    ...gradeLines(report, screen),
    ...(producer === null
      ? []
      : [
          `signed   producer ${producer.id}, ${plural(producer.records, 'number')} and its closing   key ${clip(producer.kid, 64)}`,
        ]),
    ...(dryRun ? ['nothing was sent; whether the ledger has some of them already was not looked up'] : []),
    ...(counts.bad > 0
      ? [paint('red', `${plural(counts.bad, 'line')} not taken: see above, each with its place`)]
      : []),
  ];
}

function unitOf({ format }: ImportReport): [string, string] {
  if (format === 'tau-bench') return ['trajectory', 'trajectories'];
  const unit = format === 'csv' ? 'row' : format === 'langfuse' ? 'trace' : 'line';
  return [unit, `${unit}s`];
}

function rowLines(rows: readonly ShownRow[], all: number): string[] {
  if (rows.length === 0) return ['no decision'];
  const line = { title: '#', align: 'right' } as const;
  const columns = ['DECISION', 'OUTCOME', 'GRADE', 'TYPE', 'AGENT', 'OCCURRED'].map((title) => ({ title }));
  const more = all - rows.length;
  return [
    ...table(
      [line, ...columns],
      rows.map((row) => [
        String(row.line),
        forTerminal(row.id),
        clip(row.outcome, 28),
        `${row.grade}${row.status === 'repeated' ? ' (repeated)' : ''}`,
        clip(row.type, 24),
        clip(row.agent, 28),
        clip(row.occurredAt, 24),
      ]),
    ),
    ...(more > 0 ? [`… ${plural(more, 'more decision')}: -o jsonl prints each whole`] : []),
  ];
}

function others({ counts, resumedAt }: ImportReport): string[] {
  const parts = [
    ...(counts.duplicates > 0 ? [`${count(counts.duplicates)} already in the ledger`] : []),
    ...(counts.repeated > 0
      ? [`${count(counts.repeated)} name a case that an earlier line named (not taken again)`]
      : []),
    ...(counts.skipped > 0 ? [`${count(counts.skipped)} passed over`] : []),
    ...(resumedAt !== null ? [`resumed behind ${count(resumedAt)}`] : []),
  ];
  return parts.length === 0 ? [] : [parts.join(' · ')];
}

function gradeLines({ counts }: ImportReport, { paint }: Screen): string[] {
  const grades = (['A', 'B', 'C', 'D'] as const).flatMap((grade) => {
    const number = counts.grades[grade];
    return number === undefined ? [] : [`${grade} ${count(number)}`];
  });
  if (grades.length === 0) return [];
  const shown = counts.reasons
    .slice(0, MAX_REASONS)
    .map(({ grade, reason, count: times }) => `  ${grade}  ${clip(reason, 100)}  ${paint('dim', `×${count(times)}`)}`);
  const more = counts.reasons.length - shown.length;
  return [
    `grades   ${grades.join(' · ')}   ${gives(counts.grades)}`,
    ...shown,
    ...(more > 0 ? [`  … ${plural(more, 'more reason')}: -o json`] : []),
  ];
}

/** CAPTURE: what a grade still gives. */
function gives(grades: ImportReport['counts']['grades']): string {
  if (grades.A !== undefined || grades.B !== undefined) return 'A and B can be gated';
  return grades.C === undefined ? 'D: ledger, reports, outcome drift' : 'C: also comparison of what was replayable';
}
