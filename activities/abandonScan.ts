import { judgeCanary, buildFinding, coverageOf, nightSeed } from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import { endScan, outcomeOf } from './endScan.js';
import { judgeScan } from './judgeScan.js';
import { windowOf } from './nightWindow.js';
import { firstOrNext, lastTry, scheduleOf } from './prepareScan.js';
import type { ScanOutcome, ScanRequest } from './types.js';

/** Nothing could be re-run. What stands without re-runs is judged where it can be read; a night never ends without a signed finding. */
export async function abandonScan(
  deps: ActivityDeps,
  request: ScanRequest,
  code: string,
  reason: string,
): Promise<ScanOutcome> {
  const at = new Date(request.at);
  const schedule = await scheduleOf(deps, request.schedule);
  const scan = (await lastTry(deps, schedule.id, at)) ?? (await firstOrNext(deps, schedule.id, at, 1));
  if (scan.entryId !== null) return outcomeOf(scan, [], 'known');
  const inconclusive = { code, reason };
  if (code.startsWith('agent.')) return judgeScan(deps, scan.id, inconclusive);
  const window = await windowOf(deps, schedule, at);
  const { spec } = schedule;
  const finding = buildFinding({
    schedule: schedule.id,
    name: spec.name,
    attempt: scan.attempt,
    window,
    agent: scan.agent,
    versions: [],
    type: spec.type,
    decisions: 0,
    late: 0,
    seed: nightSeed(schedule.id, window.closes),
    model: spec.model,
    liveModel: null,
    alpha: spec.alpha,
    rerun: null,
    mix: null,
    overrides: null,
    noise: null,
    coverage: coverageOf([], []),
    canary: judgeCanary(null, []),
    inconclusive,
  });
  return endScan(deps, schedule, scan, finding, null);
}
