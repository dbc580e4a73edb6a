import { EXIT } from '../../errors/index.js';
import type { RuleOutcome } from '../../gate/index.js';
import type { Screen, Style } from '../output.js';
import type { GateStatus, GateView } from '../views/gate.js';
import type { RunView } from '../views/run.js';
import { forTerminal } from './escape.js';
import { count, money, percent, plural } from './numbers.js';
import { changeTable } from './changeTable.js';
import { changeTitle, sideBySide } from './rationale.js';
import { clip, displayWidth, flow, padEnd, wrap } from './width.js';
import { asCalled } from '../called.js';

export const STATUS_STYLE: Readonly<Record<GateStatus, Style>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  pending: 'cyan',
};

export const GATE_EXIT: Readonly<Record<GateStatus, number>> = {
  pass: EXIT.ok,
  fail: EXIT.gateFailed,
  inconclusive: EXIT.inconclusive,
  pending: EXIT.pending,
};

export interface GateLinesOptions {
  /** How many flips, and how many changed rationales, are named. */
  readonly flips?: number;
  readonly rationales?: number;
  /** Lines of one rule: a rule may name every decision it found. */
  readonly ruleLines?: number;
}

const FLIPS_SHOWN = 10;
const RATIONALES_SHOWN = 3;
const RULE_WIDTH = 20;
const MAX_RULE_LINES = 100;

/** The verdict on one screen: the figures of a pipeline, the rules, the flips by name, the reasons that changed, what next. */
export function gateLines(view: GateView, screen: Screen, options: GateLinesOptions = {}): string[] {
  return [
    ...head(view, screen),
    ...(view.verdict?.rules ?? []).flatMap((rule) => ruleLines(rule, screen, options.ruleLines ?? MAX_RULE_LINES)),
    ...noteLines(view, screen),
    ...flipLines(view, screen, options.flips ?? FLIPS_SHOWN),
    ...rationaleLines(view, screen, options.rationales ?? RATIONALES_SHOWN),
    '',
    ...foot(view, screen),
  ];
}

function head(view: GateView, { paint, width }: Screen): string[] {
  const { policy, verdict, candidateRun } = view;
  const cohort = candidateRun?.cohort ?? view.control?.cohort ?? null;
  const drawn =
    cohort === null ? [] : [`${count(cohort.size)} of ${count(cohort.population)} decisions, seed ${cohort.seed}`];
  const lines = flow(
    [
      paint('bold', `gate ${clip(view.name, 60)}`),
      `${clip(view.baseline, 60)} → ${clip(view.candidate, 60)}`,
      ...drawn,
      `margin ${percent(policy.maxFlipRate)}`,
      `alpha ${percent(policy.alpha)}`,
    ],
    width,
  );
  if (verdict === null) return lines;
  const shifted = verdict.shifted.length;
  const of = cohort === null ? '' : ` of ${count(cohort.size)}`;
  const facts = [`flips ${count(verdict.flips.length)}${of}`];
  const done = success(candidateRun);
  if (done !== null) facts.push(`success ${done}`);
  facts.push(
    `reasons changed in ${count(shifted)}${cohort === null || shifted === 0 ? '' : ` (${percent(shifted / cohort.size)})`}`,
  );
  if (verdict.stakeAtRisk !== null && policy.stake !== null)
    facts.push(`at stake ${money(verdict.stakeAtRisk, clip(policy.stake.unit, 12))}`);
  return [...lines, ...flow(facts, width)];
}

/** What a pipeline would have shown: the share of the candidate's re-runs that came to an outcome. */
function success(run: RunView | null): string | null {
  if (run === null || run.yield.planned === 0) return null;
  return `${percent(run.yield.share)} of ${plural(run.yield.planned, 're-run')}`;
}

function ruleLines({ rule, line, status }: RuleOutcome, { paint, width }: Screen, limit: number): string[] {
  const shown = paint([STATUS_STYLE[status], 'bold'].flat() as Style, status.toUpperCase());
  const statusWidth = 'INCONCLUSIVE'.length;
  const room = Math.max(30, width - RULE_WIDTH - statusWidth - 4);
  const all = wrap(forTerminal(line), room);
  const [first = '', ...rest] = all.length <= limit ? all : [...all.slice(0, limit - 1), `${all[limit - 1]} …`];
  return [
    `  ${padEnd(shown, statusWidth)} ${padEnd(clip(rule, RULE_WIDTH - 1), RULE_WIDTH)}${first}`,
    ...rest.map((more) => `${' '.repeat(statusWidth + RULE_WIDTH + 3)}${more}`),
  ];
}

/** What the verdict rests on, under the rules and in their columns: no status, since nothing of it blocks. */
function noteLines({ notes = [] }: GateView, { width, paint }: Screen): string[] {
  const indent = 'INCONCLUSIVE'.length + 3;
  const room = Math.max(30, width - RULE_WIDTH - indent);
  return notes.flatMap(({ title, lines }) =>
    lines
      .flatMap((line) => wrap(forTerminal(line), room))
      .map((line, at) => {
        const name = at === 0 ? clip(title, RULE_WIDTH - 1) : '';
        return `${' '.repeat(indent)}${paint('dim', padEnd(name, RULE_WIDTH))}${line}`;
      }),
  );
}

function flipLines(view: GateView, { width }: Screen, limit: number): string[] {
  const flips = view.changes.filter((change) => change.flip);
  if (flips.length === 0) return [];
  const lines = changeTable(flips.slice(0, limit), view.policy.stake?.unit ?? null, width);
  const more =
    flips.length > limit
      ? [`… ${count(flips.length - limit)} more: ${asCalled(`tenet replay diff ${view.id} --flips -o jsonl`)}`]
      : [];
  return ['', ...lines, ...more];
}

function rationaleLines(view: GateView, screen: Screen, limit: number): string[] {
  const shifted = view.changes.filter((change) => !change.flip);
  if (shifted.length === 0) return [];
  const options = { baseline: view.baseline, candidate: view.candidate, changedOnly: true };
  const named = shifted
    .slice(0, limit)
    .flatMap((change) => [
      changeTitle(change, screen),
      ...sideBySide(change, options, screen),
      ...(change.because.length === 0 || change.steps.some(({ notes }) => notes.length > 0)
        ? []
        : [`    because ${clip(change.because.join('; '), Math.max(30, screen.width - 12))}`]),
    ]);
  const more =
    shifted.length > limit
      ? [`… ${count(shifted.length - limit)} more: ${asCalled(`tenet replay diff ${view.id} -o jsonl`)}`]
      : [];
  return ['', screen.paint('bold', `Same outcome, other reasons: ${count(shifted.length)}`), ...named, ...more];
}

function foot(view: GateView, { paint, width }: Screen): string[] {
  const status = paint([STATUS_STYLE[view.status], 'bold'].flat() as Style, view.status.toUpperCase());
  const signed =
    view.signed === null
      ? 'not signed yet'
      : `signed as ${view.signed.index === null ? 'an entry that is queued' : `leaf ${count(view.signed.index)}`}`;
  const left = `${status}  ${signed}`;
  const next = `next: ${asCalled(nextCommand(view))}`;
  const exit = `exit ${GATE_EXIT[view.status]}`;
  const joined = `${left}   ${next}`;
  if (displayWidth(joined) + exit.length + 2 > width) return [`${padEnd(left, width - exit.length)}${exit}`, next];
  return [`${padEnd(joined, width - exit.length)}${exit}`];
}

function nextCommand(view: GateView): string {
  const [first] = view.changes;
  if (view.status === 'pending') return `tenet gate show ${forTerminal(view.id)} --wait`;
  if (first === undefined) return `tenet replay diff ${forTerminal(view.id)}`;
  return `tenet replay diff ${forTerminal(view.id)} --decision ${forTerminal(first.decision)}`;
}
