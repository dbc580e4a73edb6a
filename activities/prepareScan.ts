import {
  MAY_PASS,
  nightSeed,
  drawn,
  recordedRun,
  scanId,
  type ScanRow,
  type ScheduleRow,
} from '../src/nightly/index.js';
import { lanePolicy, sampleCohort } from '../src/replay/index.js';
import { AppError } from '../src/errors/index.js';
import type { ActivityDeps } from './deps.js';
import { readNight } from './nightWindow.js';
import { openDecisions } from './openDecisions.js';
import { digestOf, planRun } from './planning.js';
import { outcomeOf } from './endScan.js';
import type { ScanPlan, ScanRequest } from './types.js';

/** Decisions whose outcome is opened to draw from; a night with more is drawn from a draw of it. */
const MOST_OPENED = 5_000;
/** The past cannot be asked: a canary belongs to the night it was asked in. As long as a missed night is caught up with. */
const CANARY_WITHIN_MS = 12 * 3_600_000;

export async function scheduleOf({ stores }: ActivityDeps, id: string): Promise<ScheduleRow> {
  const schedule = await stores.schedules.get(id);
  if (schedule !== null) return schedule;
  throw new AppError('not_found', `there is no schedule ${id}`, {
    field: 'schedule',
    fix: 'see them: tenet drift schedule list',
  });
}

/** The last try of this night; null before the first. */
export async function lastTry({ stores }: ActivityDeps, schedule: string, at: Date): Promise<ScanRow | null> {
  let last: ScanRow | null = null;
  for (let attempt = 1; ; attempt += 1) {
    const known = await stores.scans.get(scanId(schedule, at.toISOString(), attempt));
    if (known === null) return last;
    last = known;
  }
}

/** The try that counts now: another one only after an end that says nothing of the agent. */
async function openTry(deps: ActivityDeps, schedule: string, at: Date): Promise<ScanRow> {
  const last = await lastTry(deps, schedule, at);
  if (last !== null && !(last.entryId !== null && MAY_PASS.has(last.summary?.code ?? ''))) return last;
  return firstOrNext(deps, schedule, at, (last?.attempt ?? 0) + 1);
}

export const firstOrNext = ({ stores }: ActivityDeps, schedule: string, at: Date, attempt: number): Promise<ScanRow> =>
  stores.scans.save({ id: scanId(schedule, at.toISOString(), attempt), schedule, at, attempt });

/** Draws the night's decisions and plans their re-runs. Everything is named by its content: once more it finds what is there. */
export async function prepareScan(deps: ActivityDeps, request: ScanRequest): Promise<ScanPlan> {
  const { stores } = deps;
  const at = new Date(request.at);
  const schedule = await scheduleOf(deps, request.schedule);
  const scan = await openTry(deps, schedule.id, at);
  const plan = { scanId: scan.id, controlRun: scan.controlRun, askCanary: false, ended: null };
  if (scan.entryId !== null && !request.again) return { ...plan, ended: outcomeOf(scan, [], 'known') };
  const recent = deps.now().getTime() - at.getTime() < CANARY_WITHIN_MS;
  const askCanary = deps.askModel !== null && scan.canary === null && scan.entryId === null && recent;
  if (scan.controlRun !== null) return { ...plan, askCanary };
  const night = await readNight(deps, schedule, at);
  const controlRun = await planReruns(deps, schedule, night);
  await stores.scans.update(scan.id, {
    fromIdx: night.window.from,
    untilIdx: night.window.until,
    ...(night.agent === null ? {} : { agent: night.agent }),
    ...(controlRun === null ? {} : { controlRun }),
  });
  return { ...plan, controlRun, askCanary };
}

async function planReruns(
  deps: ActivityDeps,
  { id, spec }: ScheduleRow,
  { agent, decisions, window }: Awaited<ReturnType<typeof readNight>>,
): Promise<string | null> {
  if (agent === null) return null;
  const seed = nightSeed(id, window.closes);
  const own = decisions.filter((decision) => decision.agent === agent).map((decision) => decision.id);
  const opened = await openDecisions(deps, drawn(own, MOST_OPENED, seed));
  const population = opened.flatMap(({ id: decision, fields }) => {
    const run = recordedRun(fields);
    return run === null ? [] : [{ decision, stratum: JSON.stringify(run.outcome) }];
  });
  if (population.length === 0) return null;
  const { type, size, repeats, maxCalls, maxCost } = spec;
  const { manifest, members } = sampleCohort({ population, size, seed, baseline: agent, type, session: null });
  await deps.stores.cohorts.save(manifest, members);
  const digest = await digestOf(deps, agent);
  const lane = { lane: 'control', agent, digest, repeats, policy: lanePolicy(spec) } as const;
  return (await planRun(deps, { cohort: manifest, lane, budget: { maxCalls, maxCost } })).id;
}
