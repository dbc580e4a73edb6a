import type { RunRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import {
  buildFinding,
  nightSeed,
  readFinding,
  testNoise,
  type Finding,
  type NoiseTest,
  type ScanRow,
  type ScheduleRow,
} from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import { endScan } from './endScan.js';
import { readNight } from './nightWindow.js';
import { scheduleOf } from './prepareScan.js';
import { rerunFacts, type RerunAssessment } from './rerunFacts.js';
import { standingFacts } from './scanFacts.js';
import type { ScanOutcome } from './types.js';

export async function loadScan({ stores }: ActivityDeps, id: string): Promise<ScanRow> {
  const scan = await stores.scans.get(id);
  if (scan === null) throw new AppError('not_found', `scan ${id} does not exist`, { field: 'scan' });
  return scan;
}

/** Computes the night's finding and signs it. `inconclusive`: nothing was re-run; what stands without it is judged all the same. */
export async function judgeScan(
  deps: ActivityDeps,
  id: string,
  inconclusive: Finding['inconclusive'],
): Promise<ScanOutcome> {
  const scan = await loadScan(deps, id);
  const schedule = await scheduleOf(deps, scan.schedule);
  const { spec } = schedule;
  const night = await readNight(deps, schedule, scan.at);
  const seed = nightSeed(schedule.id, night.window.closes);
  const run = scan.controlRun === null ? null : await deps.stores.runs.get(scan.controlRun);
  const rerun = run === null || inconclusive !== null ? null : await rerunFacts(deps, spec, run, seed);
  const finding = buildFinding({
    schedule: schedule.id,
    name: spec.name,
    attempt: scan.attempt,
    window: night.window,
    agent: night.agent,
    versions: [...new Set(night.decisions.map(({ agent }) => agent))].sort(),
    type: spec.type,
    decisions: night.decisions.length,
    late: night.decisions.filter(({ occurredAt }) => occurredAt.toISOString() < night.window.opens).length,
    seed,
    model: spec.model,
    liveModel: run?.manifest.lane.liveModel ?? null,
    alpha: spec.alpha,
    rerun: rerun?.facts ?? null,
    ...(await standingFacts(deps, schedule, scan, night)),
    noise: rerun === null || run === null ? null : await noiseOf(deps, schedule, scan, run, rerun),
    inconclusive,
  });
  return endScan(deps, schedule, scan, finding, run?.entryId ?? null);
}

/** The profile that stood that night. Computed again, it is the one that was used then. */
async function noiseOf(
  { stores, platform }: ActivityDeps,
  { spec }: ScheduleRow,
  scan: ScanRow,
  { manifest: { lane } }: RunRow,
  { profile }: RerunAssessment,
): Promise<NoiseTest | null> {
  const model = lane.liveModel ?? null;
  if (scan.entryId !== null) {
    const [entry] = await platform.ledger.readDecisions([scan.entryId]);
    const used = entry === undefined ? null : (readFinding(entry.fields)?.noise?.profile ?? null);
    const kept = used === null ? null : await stores.profiles.get(used);
    return kept === null ? null : testNoise({ entry: kept.id, profile: kept.profile }, profile);
  }
  const live = await stores.profiles.live(lane.agent, spec.type, scan.at);
  const stored = live.find(
    ({ basis, fittedAt }) => fittedAt <= scan.at && basis.code === lane.digest && basis.model === model,
  );
  return stored === undefined ? null : testNoise({ entry: stored.id, profile: stored.profile }, profile);
}
