import type { Screen, Style } from '../output.js';
import type { RunView } from '../views/run.js';
import { forTerminal } from './escape.js';
import { count, percent, plural, seconds, shortHash } from './numbers.js';
import { labelled } from './table.js';
import { clip, padEnd } from './width.js';

const LABEL = 13;
const STATUS: Readonly<Record<string, Style>> = {
  done: 'green',
  failed: 'red',
  not_available: 'yellow',
  stopped: 'yellow',
};

export function runLines(run: RunView, { paint }: Screen): string[] {
  const put = (label: string, ...lines: readonly string[]): string[] =>
    labelled(paint('dim', padEnd(label, LABEL)), lines, LABEL);
  const { cohort, calls } = run;
  const statuses = Object.entries(run.byStatus).map(([status, rows]) => `${status} ${count(rows)}`);
  const note = run.note === null ? '' : `: ${clip(run.note, 300)}`;
  const name = run.status.replaceAll('_', ' ');
  const entry =
    run.entry === null
      ? 'not signed yet'
      : `${clip(run.entry.id, 60)}, ${run.entry.index === null ? 'queued' : `leaf ${count(run.entry.index)}`}`;
  return [
    `${paint('bold', forTerminal(run.run))}  ${run.lane === 'control' ? 'control arm' : 'candidate lane'}  ${clip(run.agent, 60)} ×${run.repeats}  code ${shortHash(run.digest)}`,
    ...put('Status', `${paint(STATUS[run.status] ?? 'cyan', name)}${note}`),
    ...put(
      'Cohort',
      `${count(cohort.size)} of ${plural(cohort.population, 'decision')} ${clip(cohort.type, 40)}, seed ${cohort.seed}, ${plural(cohort.strata.length, 'stratum', 'strata')}, baseline ${clip(cohort.baseline, 60)}`,
    ),
    ...put(
      'Re-runs',
      statuses.length === 0 ? 'none stored yet' : `${statuses.join(' · ')}  of ${count(run.yield.planned)}`,
    ),
    ...put('Yield', `${percent(run.yield.share)} completed without a refusal`),
    ...put('Refused', ...run.yield.reasons.map(({ code, count: rows }) => `${clip(code, 60)} ${count(rows)}`)),
    ...put(
      'Calls',
      `served from tape ${count(calls.served)} · run ${count(calls.ran)} · refused ${count(calls.refused)} · model, live ${count(calls.model)}${run.cost > 0 ? ` · cost ${run.cost.toFixed(4)}` : ''}`,
    ),
    ...put(
      'Lane',
      `model calls ${run.model === 'tape' ? 'from the tape' : 'live'}, live reads ${run.liveReads ? 'allowed' : 'refused'}, time-out ${seconds(run.timeoutMs)}`,
    ),
    ...put('Manifest', entry),
    ...(run.controlRun === null ? [] : put('Control arm', forTerminal(run.controlRun))),
  ];
}
