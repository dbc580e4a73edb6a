import type { Finding, Signal } from '../../nightly/index.js';
import type { Screen, Style } from '../output.js';
import { asCalled } from '../called.js';
import type { FindingView, ScanView, ScheduleView } from '../views/drift.js';
import { forTerminal } from './escape.js';
import { count } from './numbers.js';
import { labelled, table } from './table.js';
import { clip, padEnd, wrap } from './width.js';

const LABEL = 10;
const NAME = 14;

export function scheduleTable(views: readonly ScheduleView[]): string[] {
  if (views.length === 0) return [asCalled('no schedules; add one: tenet drift schedule add --help')];
  const titles = ['SCHEDULE', 'AGENT', 'TYPE', 'CLOSES', 'DRAWN', 'MODEL', 'STATUS', 'NEXT'];
  return table(
    titles.map((title) => ({ title })),
    views.map((view) => [
      clip(view.name, 30),
      clip(view.agent, 30),
      clip(view.type, 30),
      `${view.at} ${view.timezone}`,
      `${count(view.size)} × ${view.repeats}`,
      view.model,
      view.status,
      view.next[0] ?? '–',
    ]),
  );
}

export function scanTable(views: readonly ScanView[]): string[] {
  if (views.length === 0) return [asCalled('no nights yet; compute one: tenet drift run NAME')];
  const titles = ['SCAN', 'SCHEDULE', 'NIGHT', 'STATUS', 'AGENT', 'COMPARED', 'WHAT'];
  return table(
    titles.map((title) => ({ title })),
    views.map((view) => [
      view.scan,
      clip(view.schedule, 24),
      view.night,
      view.status,
      clip(view.agent ?? '–', 30),
      `${count(view.compared ?? 0)} of ${count(view.decisions ?? 0)}`,
      clip(view.shifted.length > 0 ? view.shifted.join(', ') : (view.reason ?? '–'), 60),
    ]),
  );
}

const STYLES: Readonly<Record<Finding['status'], Style>> = {
  shift: 'red',
  'no-evidence': 'green',
  inconclusive: 'yellow',
};

const END: Readonly<Record<Finding['status'], string>> = {
  shift: 'SHIFT',
  'no-evidence': 'NO EVIDENCE OF A SHIFT',
  inconclusive: 'INCONCLUSIVE',
};

/** A night on one screen: what was looked at, every signal with what it rests on, what could not be judged, how it is signed. */
export function findingLines(view: FindingView, screen: Screen): string[] {
  const { window, rerun, canary } = view;
  return [
    `${screen.paint('bold', clip(view.name, 60))}   ${clip(view.agent ?? 'no version decided', 60)}   ${clip(view.type, 40)}`,
    ...labelled(
      'night',
      [`${window.opens} to ${window.closes}, entries ${count(window.from)} to ${count(window.until)} of the log`],
      LABEL,
    ),
    ...labelled('decisions', [decisionsLine(view)], LABEL),
    ...labelled('re-run', [rerunLine(view)], LABEL),
    ...(rerun === null
      ? []
      : labelled('outcomes', [mixLine('recorded', rerun.recordedMix), mixLine('re-run', rerun.liveMix)], LABEL)),
    ...(canary.fingerprint === null
      ? []
      : labelled(
          'canary',
          [
            `${canary.status}, ${canary.fingerprint.slice(0, 16)}, served as ${forTerminal(canary.served.join(', ')) || 'not said'}`,
          ],
          LABEL,
        )),
    '',
    ...view.signals.flatMap((signal) => signalLines(signal, screen)),
    '',
    ...(view.inconclusive === null
      ? []
      : wrap(forTerminal(`${view.inconclusive.code}: ${view.inconclusive.reason}`), screen.width)),
    `${screen.paint(STYLES[view.status], END[view.status])}   signed as ${view.entry.id}${view.entry.index === null ? '' : `, leaf ${count(view.entry.index)}`}${computedNote(view)}`,
  ];
}

const computedNote = ({ computed }: FindingView): string =>
  computed === 'same'
    ? '   computed again: the same, bit for bit'
    : computed === 'different'
      ? '   COMPUTED AGAIN: NOT THE SAME'
      : '';

function decisionsLine({ decisions, late, versions }: Finding): string {
  const latecomers = late === 0 ? '' : `, ${count(late)} of them claimed to be older than the night`;
  const several = versions.length > 1 ? `, by ${versions.length} versions` : '';
  return `${count(decisions)} came into the log${latecomers}${several}`;
}

function rerunLine({ rerun, model, liveModel, seed, alpha }: Finding): string {
  if (rerun === null) return 'nothing';
  const missing = rerun.notReplayable.map(({ code, count: times }) => `${times} ${code}`).join(', ');
  const by = model === 'live' ? `live by ${forTerminal(liveModel ?? 'not named')}` : 'model answers from the tape';
  return `${count(rerun.compared)} of ${count(rerun.drawn)} drawn, ${by}, noise ${rerun.mode}, seed ${seed}, alpha ${alpha}${missing === '' ? '' : `; not re-run: ${missing}`}`;
}

const MOST_OUTCOMES = 6;

const mixLine = (name: string, mix: Readonly<Record<string, number>>): string =>
  `${padEnd(name, 9)} ${Object.entries(mix)
    .slice(0, MOST_OUTCOMES)
    .map(([outcome, times]) => `${clip(outcome, 30)} ${count(times)}`)
    .join(' · ')}`;

const SIGNAL_STYLE: Readonly<Record<Signal['status'], Style>> = {
  shift: 'red',
  incomplete: 'red',
  'no-evidence': 'green',
  'not-judged': 'yellow',
};

function signalLines({ name, status, pAdjusted, why }: Signal, screen: Screen): string[] {
  const p = pAdjusted === null ? '' : `p ${pAdjusted < 0.0001 ? '< 0.0001' : pAdjusted.toFixed(4)}  `;
  const head = `${padEnd(name, NAME)} `;
  return wrap(`${p}${forTerminal(why)}`, Math.max(20, screen.width - NAME - 14)).map((line, at) =>
    at === 0
      ? `${head}${screen.paint(SIGNAL_STYLE[status], padEnd(status, 12))} ${line}`
      : `${' '.repeat(NAME + 14)}${line}`,
  );
}
