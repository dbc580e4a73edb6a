import { heartbeat } from '@temporalio/activity';
import {
  coverageOf,
  drawn,
  judgeCanary,
  nightSeed,
  recordedRun,
  testMix,
  testOverrides,
  type CanaryVerdict,
  type Coverage,
  type MixTest,
  type OverrideTest,
  type ScanRow,
  type ScheduleRow,
} from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import type { Night } from './nightWindow.js';
import { openDecisions } from './openDecisions.js';

/** Decisions whose outcome is opened on either side of a mix. */
const MIX_OPENED = 2_000;
/** Fewer on either side say nothing of a mix. */
const MIX_LEAST = 30;
const CANARY_NIGHTS = 7;

/** What is known of a night without a re-run. */
export interface StandingFacts {
  readonly mix: MixTest | null;
  readonly overrides: OverrideTest | null;
  readonly coverage: Coverage;
  readonly canary: CanaryVerdict;
}

export async function standingFacts(
  deps: ActivityDeps,
  schedule: ScheduleRow,
  scan: ScanRow,
  night: Night,
): Promise<StandingFacts> {
  const { stores } = deps;
  const earlier = await stores.night.decisions(night.reference);
  const seed = nightSeed(schedule.id, night.window.closes);
  heartbeat({ stage: 'mix' });
  return {
    mix: await mixOf(
      deps,
      night.decisions.map(({ id }) => id),
      earlier.map(({ id }) => id),
      seed,
    ),
    overrides: await overridesOf(deps, night, earlier.length),
    coverage: await coverage(deps, night),
    canary: judgeCanary(scan.canary, await stores.scans.canariesBefore(schedule.id, scan.at, CANARY_NIGHTS)),
  };
}

async function mixOf(
  deps: ActivityDeps,
  own: readonly string[],
  earlier: readonly string[],
  seed: number,
): Promise<MixTest | null> {
  const outcomes = async (ids: readonly string[]): Promise<string[]> =>
    (await openDecisions(deps, drawn(ids, MIX_OPENED, seed))).flatMap(
      ({ fields }) => recordedRun(fields)?.outcome ?? [],
    );
  if (own.length < MIX_LEAST || earlier.length < MIX_LEAST) return null;
  const [tonight, before] = [await outcomes(own), await outcomes(earlier)];
  return tonight.length < MIX_LEAST || before.length < MIX_LEAST ? null : testMix(tonight, before, String(seed));
}

async function overridesOf(
  { stores }: ActivityDeps,
  { range, reference, decisions }: Night,
  earlier: number,
): Promise<OverrideTest | null> {
  if (decisions.length === 0 || earlier === 0) return null;
  const [own, before] = [await stores.night.overridden(range), await stores.night.overridden(reference)];
  return testOverrides({ overridden: own, decisions: decisions.length }, { overridden: before, decisions: earlier });
}

async function coverage({ stores, platform }: ActivityDeps, { range, window }: Night): Promise<Coverage> {
  const chains = await stores.night.chains(range, new Date(window.closes));
  const capture = await stores.night.capture(range.until, chains);
  const views = await platform.ledger.readDecisions(capture.map(({ id }) => id));
  const fieldsOf = new Map(views.map(({ id, fields }) => [id, fields]));
  return coverageOf(
    chains,
    capture.map(({ id, type }) => ({ id, type, fields: fieldsOf.get(id) ?? new Map() })),
  );
}
