import type { CertificateVerdict, ProducerReport, ProducerRow, Verdict } from '../../producers/index.js';
import { asCalled } from '../called.js';
import type { Screen, Style } from '../output.js';
import { forTerminal } from './escape.js';
import { count, plural } from './numbers.js';
import { labelled, table } from './table.js';
import { clip, padEnd, wrap } from './width.js';

const LABEL = 10;
const MAX_GAPS = 6;

export function producerTable(rows: readonly ProducerRow[]): string[] {
  if (rows.length === 0) return [asCalled('no producer fits; record something with: tenet demo')];
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return table(
    [
      { title: 'PRODUCER' },
      { title: 'AGENT' },
      right('ENTRIES'),
      right('NUMBERS'),
      { title: 'FIRST' },
      { title: 'LAST' },
      { title: 'END' },
    ],
    rows.map((row) => [
      forTerminal(row.producer),
      clip(row.agent, 28),
      count(row.entries),
      `${count(row.firstSeq)}–${count(row.lastSeq)}${missing(row)}`,
      row.firstAt.toISOString(),
      row.lastAt.toISOString(),
      row.closed ? 'closed' : 'open',
    ]),
  );
}

function missing({ lastSeq, entries, duplicates }: ProducerRow): string {
  const left = lastSeq - entries - duplicates;
  return left > 0 ? ` (${count(left)} missing)` : '';
}

/** One block a producer: what can be shown, and what cannot. */
export function producerReportLines(reports: readonly ProducerReport[], screen: Screen): string[] {
  const blocks = reports.map((report) => block(report, screen));
  if (blocks.length === 1) return [...(blocks[0] ?? []), ...NOT_CHECKED];
  const counts = new Map<string, number>();
  for (const { verdict } of reports) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const summary = [...counts].map(([verdict, number]) => `${count(number)} ${verdict}`).join(' · ');
  return [
    ...blocks.flatMap((lines) => [...lines, '']),
    `${plural(reports.length, 'producer')}: ${summary}`,
    ...NOT_CHECKED,
  ];
}

const NOT_CHECKED = ['Not checked: decisions of code that was never wrapped; no number was ever given to them'];

const COLOURS: Readonly<Record<Verdict, Style>> = {
  complete: ['green', 'bold'],
  open: 'yellow',
  sampled: 'yellow',
  dropped: ['red', 'bold'],
  gaps: ['red', 'bold'],
  broken: ['red', 'bold'],
};

function verdictText({ verdict, missing, dropped }: ProducerReport): string {
  if (verdict === 'gaps') return `GAPS ${count(missing)}`;
  if (verdict === 'dropped') return `DROPPED ${count(dropped)}`;
  return verdict.toUpperCase();
}

function block(report: ProducerReport, { paint, width }: Screen): string[] {
  const room = width - LABEL - 1;
  const put = (label: string, text: string): string[] =>
    text === '' ? [] : labelled(paint('dim', padEnd(label, LABEL)), wrap(text, room), LABEL);
  const { first, last, closed } = report;
  return [
    `${paint('bold', forTerminal(report.producer))}  ${paint(COLOURS[report.verdict], verdictText(report))}`,
    ...put('Key', clip(report.kid, 64)),
    ...put('Agents', names(report.agents)),
    ...put('Sessions', names(report.sessions)),
    ...put(
      'Numbers',
      `${count(first.seq)} to ${count(last.seq)}: ${plural(report.entries, 'entry', 'entries')}, ${plural(report.decisions, 'decision')}`,
    ),
    ...put('First', placed(first)),
    ...put('Last', placed(last)),
    ...put('Gaps', gaps(report)),
    ...put('Answered', duplicates(report)),
    ...put(
      'Breaks',
      report.breaks
        .slice(0, MAX_GAPS)
        .map(({ seq, id }) => `number ${count(seq)} ${clip(id, 60)}`)
        .join(' · '),
    ),
    ...put(
      'Drops',
      report.dropped === 0 ? 'none signed' : `${count(report.dropped)} signed (${report.dropPolicies.join(', ')})`,
    ),
    ...put('End', closed === null ? 'no closing entry' : `closed by the producer, number ${count(closed.seq)}`),
    ...(report.reasons.length === 0
      ? put('Shown', `every number from 1 to its closing entry ${inLog(report)}, each names the one before`)
      : report.reasons.flatMap((reason, at) => put(at === 0 ? 'Because' : '', reason))),
  ];
}

const names = (list: readonly string[]): string =>
  list
    .slice(0, 6)
    .map((name) => clip(name, 60))
    .join(' · ') + (list.length > 6 ? ` · … ${count(list.length - 6)} more` : '');

function placed({ index, occurredAt, id, duplicate }: ProducerReport['first']): string {
  const where = duplicate ? 'answered as duplicate of' : index === null ? 'queued ' : `leaf ${count(index)} `;
  return `${clip(occurredAt, 30)}  ${where} ${clip(id, 60)}`;
}

const inLog = ({ duplicates }: ProducerReport): string =>
  duplicates === 0 ? 'is in the log' : 'is in the log or was answered as a duplicate of an entry that is';

/** Numbers whose decision somebody had recorded already. */
function duplicates({ duplicates: all, duplicateNumbers: list }: ProducerReport): string {
  if (all === 0) return '';
  const shown = list.slice(0, MAX_GAPS).map(({ seq, id }) => `number ${count(seq)} as duplicate of ${clip(id, 60)}`);
  return shown.join(' · ') + (all > shown.length ? ` · … ${count(all - shown.length)} more (-o json)` : '');
}

function gaps({ gaps: list }: ProducerReport): string {
  if (list.length === 0) return 'none';
  const shown = list
    .slice(0, MAX_GAPS)
    .map(({ from, to }) => (from === to ? count(from) : `${count(from)}–${count(to)}`));
  return `${shown.join(', ')}${list.length > MAX_GAPS ? ` and ${plural(list.length - MAX_GAPS, 'more gap')} (-o json)` : ''}`;
}

/** What was checked, and what the leaves themselves show. */
export function certificateLines(
  { valid, problems, report, checkpointSize }: CertificateVerdict,
  screen: Screen,
): string[] {
  const { paint } = screen;
  const checked =
    report === null
      ? []
      : [
          `checked ${plural(report.entries, 'entry', 'entries')}: each in the tree of size ${count(checkpointSize ?? 0)}, each signed by the producer’s key, each naming the one before`,
          `        its key is in the log, signed by the root key of the policy`,
          '',
          ...block(report, screen),
          'Not checked: whether its key was ended before one of these entries; other bytes sent for a number already used',
          ...NOT_CHECKED,
        ];
  return valid
    ? [...checked, paint(['green', 'bold'], 'HOLDS')]
    : [
        ...problems.map((problem) => `  ${paint('red', '✗')} ${clip(problem, 300)}`),
        paint(['red', 'bold'], 'DOES NOT HOLD'),
      ];
}
