import { AppError } from '../../errors/index.js';
import { addLength, endOfDay, isWeekend, lastDay } from './dates.js';
import { regimeOf, REGIMES, type Regime } from './regimes.js';

/** The clock of one case: computed when it is opened or extended, then kept. */
export interface CaseClock {
  readonly regime: string;
  readonly rule: string;
  /** The last day, YYYY-MM-DD; null where the rule names no time and none was given. */
  readonly dueOn: string | null;
  /** The end of that day, in `timeZone`. */
  readonly dueAt: string | null;
  readonly timeZone: string;
  readonly extended: boolean;
  readonly reminders: readonly Reminder[];
  /** What a reader has to know of how it was computed. */
  readonly notes: readonly string[];
}

export interface Reminder {
  readonly id: ReminderId;
  readonly at: string;
}

export type ReminderId = 'half' | 'd7' | 'd2' | 'd1' | 'passed';

export interface ClockRequest {
  readonly regime: string;
  /** Day 0, YYYY-MM-DD. */
  readonly receivedOn: string;
  /** The date that the letter states. */
  readonly statedOn: string | null;
  readonly timeZone: string;
  readonly extended: boolean;
  readonly openedAt: string;
}

const DAY_MS = 86_400_000;
const BEFORE: readonly (readonly [ReminderId, number])[] = [
  ['d7', 7 * DAY_MS],
  ['d2', 2 * DAY_MS],
  ['d1', DAY_MS],
];

export function caseClock(request: ClockRequest): CaseClock {
  const { timeZone, extended, openedAt } = request;
  const regime = requireRegime(request.regime);
  const dueOn = dueDate(regime, request);
  const dueAt = dueOn === null ? null : endOfDay(dueOn, timeZone).toISOString();
  return {
    regime: regime.id,
    rule: regime.rule,
    dueOn,
    dueAt,
    timeZone,
    extended,
    reminders: dueAt === null ? [] : remindersOf(openedAt, dueAt),
    notes: notesOf(regime, dueOn),
  };
}

export function requireRegime(id: string): Regime {
  const regime = regimeOf(id);
  if (regime !== undefined) return regime;
  throw new AppError('input.invalid', `there is no regime ${id}`, {
    field: '--regime',
    expected: REGIMES.map((one) => one.id).join(', '),
    got: id,
    fix: 'tenet inquiry regimes says what each counts; another authority is "letter" with --due',
  });
}

function dueDate(regime: Regime, { receivedOn, statedOn, extended }: ClockRequest): string | null {
  const { clock, extension } = regime;
  if (statedOn !== null) return statedOn;
  if (clock.unit === 'stated') {
    throw new AppError('input.invalid', `${regime.rule}: the date is the one the letter states`, {
      field: '--due',
      expected: 'YYYY-MM-DD',
      fix: 'give it with --due',
    });
  }
  const first = lastDay(clock, receivedOn);
  if (!extended || first === null) return first;
  if (extension === null) {
    throw new AppError('input.invalid', `${regime.rule} knows no extension`, {
      field: '--extend',
      fix: 'where the authority granted one, give the new date with --due',
    });
  }
  return addLength(first, extension);
}

/** What lies before the opening is left out; that the time has passed is told however late. */
function remindersOf(openedAt: string, dueAt: string): Reminder[] {
  const [from, due] = [Date.parse(openedAt), Date.parse(dueAt)];
  const half = from + (due - from) / 2;
  const times: (readonly [ReminderId, number])[] = BEFORE.map(([id, before]) => [id, due - before]);
  if (half < due - 7 * DAY_MS || due - from < 4 * DAY_MS) times.push(['half', half]);
  return [...times.filter(([, at]) => at > from), ['passed', due] as const]
    .sort((a, b) => a[1] - b[1])
    .map(([id, at]) => ({ id, at: new Date(at).toISOString() }));
}

function notesOf({ clock, note }: Regime, dueOn: string | null): string[] {
  const notes: string[] = [];
  if (dueOn === null) notes.push('The rule names no time and no date was given: there are no reminders.');
  else if (isWeekend(dueOn))
    notes.push('The last day is a Saturday or Sunday. It was not moved: the earlier date is the safe reading.');
  if (clock.unit === 'business-days-before')
    notes.push('Public holidays are not known here: each one in between makes the true date a day earlier.');
  if (note !== null) notes.push(note);
  return notes;
}

export const hasPassed = ({ dueAt }: Pick<CaseClock, 'dueAt'>, now: Date): boolean =>
  dueAt !== null && Date.parse(dueAt) <= now.getTime();
