import { setImmediate } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RunRow } from '../src/db/index.js';
import {
  assessCohort,
  clipRun,
  fitNoiseProfile,
  prepareSpace,
  SCORER_VERSION,
  type CohortDrift,
  type DecisionRuns,
  type NoiseProfile,
  type ReasoningRun,
} from '../src/drift/index.js';
import { countOutcomes, recordedRun, round6, type DriftSchedule, type RerunFacts } from '../src/nightly/index.js';
import { isUsable, MIN_USABLE, modal, notReplayable, toReasoningRun, type ResultRow } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { openDecisions } from './openDecisions.js';

export interface RerunAssessment {
  readonly facts: RerunFacts;
  readonly profile: NoiseProfile;
}

/**
 * Recorded decisions against tonight's re-runs of the same version: each decision's recorded run is the candidate, its re-runs are the
 * baseline. So a difference counts only as far as it is beyond what the re-runs differ by themselves.
 */
export async function rerunFacts(
  deps: ActivityDeps,
  spec: DriftSchedule,
  run: RunRow,
  seed: number,
): Promise<RerunAssessment> {
  const { cohort } = run.manifest;
  const members = await deps.stores.cohorts.members(cohort.id, 0, cohort.size);
  const decisions = members.map(({ decision }) => decision);
  const rows = await rowsOf(deps, run);
  const runs = await pairsOf(deps, decisions, rows);
  const { tests, directions, profile, embedder } = await assess(deps, spec, run, runs, seed);
  const usual = runs.map(({ baseline }) => modal(baseline.map(({ outcome }) => outcome)));
  const missing = notReplayable(decisions, rows, [{ lane: 'control', repeats: spec.repeats }]);
  return {
    profile,
    facts: {
      cohort: cohort.id,
      controlRun: run.id,
      drawn: cohort.size,
      compared: runs.length,
      notReplayable: Object.entries(countOutcomes(missing.map(({ code }) => code))).map(([code, count]) => ({
        code,
        count,
      })),
      mismatches: runs.filter(({ candidate }, at) => usual[at] !== null && usual[at] !== candidate[0]?.outcome).length,
      mode: profile.mode,
      tests: tests.map((test) => ({
        ...test,
        excess: round6(test.excess),
        interval: test.interval === null ? null : [round6(test.interval[0]), round6(test.interval[1])],
      })),
      directions,
      recordedMix: countOutcomes(runs.flatMap(({ candidate }) => candidate[0]?.outcome ?? [])),
      liveMix: countOutcomes(usual.flatMap((outcome) => outcome ?? [])),
      embedder,
      scorer: SCORER_VERSION,
    },
  };
}

async function rowsOf({ stores }: ActivityDeps, run: RunRow): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  for await (const page of stores.replay.load(run)) {
    for (const { row } of page) if (row !== null) rows.push(row);
    heartbeat({ stage: 'read', done: rows.length });
  }
  return rows.sort((a, b) => a.repeat - b.repeat);
}

async function pairsOf(
  deps: ActivityDeps,
  decisions: readonly string[],
  rows: readonly ResultRow[],
): Promise<DecisionRuns[]> {
  const baselines = new Map<string, ReasoningRun[]>();
  for (const row of rows) {
    if (!hasOutcome(row)) continue;
    const own = baselines.get(row.decision) ?? [];
    baselines.set(row.decision, [...own, clipRun(toReasoningRun(row))]);
  }
  const recorded = new Map(
    (await openDecisions(deps, decisions)).map(({ id, fields }) => [id, recordedRun(fields)] as const),
  );
  return [...decisions].sort().flatMap((decision) => {
    const [baseline, run] = [baselines.get(decision) ?? [], recorded.get(decision) ?? null];
    if (run === null || baseline.length < MIN_USABLE.control) return [];
    return [{ decision, baseline, candidate: [clipRun(run)] }];
  });
}

const hasOutcome = (row: ResultRow): row is ResultRow & { outcome: string } => isUsable(row);

interface Assessed extends Pick<CohortDrift, 'tests' | 'directions'> {
  readonly profile: NoiseProfile;
  readonly embedder: string;
}

async function assess(
  deps: ActivityDeps,
  { type, alpha }: DriftSchedule,
  { agent }: RunRow,
  runs: readonly DecisionRuns[],
  seed: number,
): Promise<Assessed> {
  const embedder = await deps.embedder();
  const signal = cancellationSignal();
  // A heartbeat leaves, and a cancellation arrives, only when the event loop turns.
  const pause = async (done: number): Promise<void> => {
    signal.throwIfAborted();
    heartbeat({ stage: 'assess', done });
    await setImmediate();
  };
  const baselines = runs.map(({ baseline }) => baseline);
  const candidates = runs.flatMap(({ candidate }) => candidate);
  const { space } = await prepareSpace(baselines, candidates, { embedder, signal });
  const profile = await fitNoiseProfile(runs, { agent, type, space, seed: agent, pause });
  const { tests, directions } = await assessCohort(runs, { space, seed: String(seed), alpha, pause });
  return { tests, directions, profile, embedder: embedder.id };
}
