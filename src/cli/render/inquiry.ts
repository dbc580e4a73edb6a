import type { InquiryCase, Regime, StepKind } from '../../inquiry/index.js';
import type { Screen } from '../output.js';
import { asCalled } from '../called.js';
import { forTerminal } from './escape.js';
import { count } from './numbers.js';
import { table } from './table.js';
import { clip, wrap } from './width.js';

const DAY_MS = 86_400_000;
const LABEL = 13;

export function inquiryTable(rows: readonly InquiryCase[], now: Date): string[] {
  if (rows.length === 0) return [asCalled('no inquiries; open one with: tenet inquiry open')];
  return table(
    [{ title: 'INQUIRY' }, { title: 'STATE' }, { title: 'LAST DAY' }, { title: 'LEFT' }, { title: 'AUTHORITY' }],
    rows.map((one) => [
      one.id,
      one.state,
      one.clock.dueOn ?? 'none named',
      one.ended === null ? left(one, now) : '–',
      clip(one.intake.authority, 40),
    ]),
  );
}

const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** The members that restrict, as they are stored. */
const queryText = (query: object): string =>
  Object.entries(query)
    .filter(([name, value]) => name !== 'v' && value !== null)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? plural(value.length, 'named one') : String(value)}`)
    .join(', ');

/** Whole days to the end of the last one. */
function left({ clock }: InquiryCase, now: Date): string {
  if (clock.dueAt === null) return '–';
  const days = Math.ceil((Date.parse(clock.dueAt) - now.getTime()) / DAY_MS);
  return days > 0 ? `${days} ${days === 1 ? 'day' : 'days'}` : `passed ${1 - days} ${days === 0 ? 'day' : 'days'} ago`;
}

export function inquiryLines(one: InquiryCase, screen: Screen, now: Date): string[] {
  const { intake, clock, scope, collection, review, approvals, holds, productions, deliveries } = one;
  const row = (label: string, text: string): string[] =>
    wrap(forTerminal(text), Math.max(30, screen.width - LABEL - 1)).map(
      (line, at) => `${(at === 0 ? label : '').padEnd(LABEL)} ${line}`,
    );
  return [
    `${screen.paint('bold', one.id)}  ${one.state}, production ${one.version}`,
    ...row(
      'asked by',
      [intake.authority, intake.reference, intake.legalBasis].filter((part) => part !== null).join(', '),
    ),
    ...intake.questions.flatMap((question, at) => row(at === 0 ? 'asked' : '', question)),
    ...row('clock', `${clock.rule}; received ${intake.receivedOn}; ${lastDay(one, now)}`),
    ...clock.notes.flatMap((note) => row('', note)),
    ...(scope === null
      ? []
      : row(
          'scope',
          `${count(scope.matched)} decisions when saved by ${scope.by}; ${queryText(scope.query)}; SHA-256 ${scope.digest.slice(0, 16)}…`,
        )),
    ...holds.flatMap((hold) =>
      row(
        'hold',
        `${hold.hold}: ${plural(hold.entries, 'entry', 'entries')}${hold.erased > 0 ? `, ${count(hold.erased)} of them erased before` : ''}; ${hold.released === null ? 'in force' : `released ${hold.released.at.slice(0, 10)}`}`,
      ),
    ),
    ...(collection === null
      ? []
      : row(
          'collected',
          `${count(collection.decisions)} decisions, ${count(collection.linked)} linked entries, ${count(collection.erased)} erased; tree of ${count(collection.size)} by ${collection.by}`,
        )),
    ...(collection?.runs.flatMap((run) =>
      row(
        're-run',
        `${run.agent}, ${run.label}: ${run.status === 'done' ? `${count(run.same)} of ${count(run.rows)} the same outcome` : (run.note ?? run.status)}`,
      ),
    ) ?? []),
    ...(review === null
      ? []
      : row('reviewed', `${plural(review.redactions.length, 'ruling')} by ${review.by}; digest ${review.digest}`)),
    ...(review?.redactions.flatMap((ruling) =>
      row(
        'withheld',
        `${ruling.path} (${ruling.ground}): ${ruling.reason}${ruling.entry === null ? '' : `; in ${ruling.entry} alone`}`,
      ),
    ) ?? []),
    ...approvals.flatMap((given) => row('approved', `by ${given.by} on ${given.at.slice(0, 10)}: ${given.reason}`)),
    ...productions.flatMap((made) =>
      row(
        'production',
        `${made.version}: ${count(made.files)} files, ${count(made.bytes)} bytes, manifest ${made.manifest.slice(0, 16)}… in ${made.folder}`,
      ),
    ),
    ...deliveries.flatMap((sent) =>
      row(
        'delivered',
        `production ${sent.version} ${sent.outcome} by ${sent.to}, ${sent.channel}, ${sent.at.slice(0, 10)}${sent.note === null ? '' : `: ${sent.note}`}`,
      ),
    ),
    ...(one.ended === null
      ? []
      : row(one.ended.how, `${one.ended.at.slice(0, 10)} by ${one.ended.by}: ${one.ended.reason}`)),
  ];
}

function lastDay(one: InquiryCase, now: Date): string {
  const { dueOn, extended, timeZone } = one.clock;
  if (dueOn === null) return 'no last day is named';
  return `last day ${dueOn} (${timeZone})${extended ? ', extended' : ''}${one.ended === null ? `, ${left(one, now)}` : ''}`;
}

/** What the step itself came to, where the case does not show it. */
export function stepLines(kind: StepKind, result: unknown, after: InquiryCase): string[] {
  const found = (result ?? {}) as Readonly<Record<string, unknown>>;
  const number = (name: string): number => (typeof found[name] === 'number' ? found[name] : 0);
  const said: Partial<Record<StepKind, string>> = {
    scope: `${count(number('matched'))} decisions fit`,
    hold: `${count(number('entries'))} entries are held${number('erased') > 0 ? `; ${count(number('erased'))} of them had been erased before: their values are gone, the entries and their proofs stay` : ''}`,
    collect: `${count(number('decisions'))} decisions collected under a tree of ${count(number('size'))}`,
    approve: `${count(number('given'))} of ${count(number('need'))} approvals`,
    deliver: found['late'] === true ? `recorded; the last day was ${after.clock.dueOn}` : 'recorded',
  };
  return said[kind] === undefined ? [] : [said[kind], ''];
}

export interface HistoryLine {
  readonly at: string;
  readonly type: string;
  readonly by: string | null;
  readonly details: readonly string[];
  readonly entry: string;
  /** null while it waits for its place. */
  readonly index: number | null;
}

export function historyLines(lines: readonly HistoryLine[]): string[] {
  return table(
    [{ title: 'TIME' }, { title: 'ENTRY' }, { title: 'INDEX', align: 'right' }, { title: 'BY' }, { title: 'WHAT' }],
    lines.map(({ at, type, index, by, details }) => [
      at.slice(0, 19).replace('T', ' '),
      forTerminal(type),
      index === null ? 'queued' : count(index),
      clip(by ?? '–', 34),
      clip(details.join(', '), 70),
    ]),
  );
}

export function regimeTable(regimes: readonly Regime[], edition: string): string[] {
  const rows = regimes.map(({ id, rule, clock, starts, extension, source }) => {
    const length = (of: { readonly unit: string; readonly count?: number }): string =>
      of.unit === 'stated' ? 'as the letter says' : of.unit === 'none' ? 'none named' : amount(of.count ?? 0, of.unit);
    return [id, length(clock), starts, extension === null ? '–' : `+${length(extension)} once`, rule, source];
  });
  return [
    ...table(
      [
        { title: 'REGIME' },
        { title: 'TIME' },
        { title: 'DAY 0' },
        { title: 'MORE' },
        { title: 'RULE' },
        { title: 'READ' },
      ],
      rows,
    ),
    '',
    `Read ${edition}: P official text, S secondary source, K general knowledge. Not legal advice; check before you rely on it.`,
  ];
}

/** "1 month", "10 business days before". */
const amount = (count: number, unit: string): string =>
  `${count} ${(count === 1 ? unit.replace(/s$/, '') : unit).replaceAll('-', ' ')}`;
