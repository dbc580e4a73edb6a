import { liveModelName, type TenetConfig } from '../config/index.js';
import type { Stores } from '../db/index.js';
import { estimateGate, isControlTooOld, type GateEstimate, type GatePolicy } from '../gate/index.js';
import type { Platform } from '../platform/index.js';
import {
  buildRunManifest,
  controlKey,
  lanePolicy,
  modelUse,
  readPopulation,
  sampleCohort,
  type Cohort,
} from '../replay/index.js';

export interface GatePlanQuestion {
  readonly policy: GatePolicy;
  /** name@version */
  readonly baseline: string;
  readonly session: string | null;
  readonly expectedFlipRate: number;
  readonly power: number;
}

type Open = {
  readonly platform: Pick<Platform, 'tenant' | 'ledger'>;
  readonly stores: Pick<Stores, 'agents' | 'runs'>;
};

/** Draws the cohort that the gate would draw and adds up what its decisions took. Writes nothing. */
export async function planGateRun(
  open: Open,
  config: Pick<TenetConfig, 'openai'>,
  question: GatePlanQuestion,
): Promise<GateEstimate> {
  const { policy, baseline, session, expectedFlipRate, power } = question;
  const { type, pinned } = policy;
  const { stratifyBy } = policy.cohort;
  const population = await readPopulation(open.platform.ledger, { baseline, type, session, stratifyBy });
  const { size, seed } = policy.cohort;
  const decisions = pinned.map(({ decision }) => decision);
  const cohort = sampleCohort({ population, size, seed, baseline, type, session, pinned: decisions });
  const { pricePrompt, priceCompletion } = config.openai;
  return estimateGate({
    policy,
    population: population.length,
    cohort: await useOf(open, cohort),
    controlKept: await hasControl(open, config, question, cohort),
    price:
      pricePrompt === undefined || priceCompletion === undefined
        ? null
        : { prompt: pricePrompt, completion: priceCompletion },
    rate: await lastRate(open, policy.agent),
    expectedFlipRate,
    power,
  });
}

const PAGE = 200;

/** Only the tapes of the decisions that are drawn are read. */
async function useOf({ platform }: Open, { members }: Cohort) {
  const total = { decisions: members.length, calls: 0, promptTokens: 0, completionTokens: 0 };
  for (let at = 0; at < members.length; at += PAGE) {
    const ids = members.slice(at, at + PAGE).map(({ decision }) => decision);
    for (const { fields } of await platform.ledger.readDecisions(ids)) {
      const { calls, promptTokens, completionTokens } = modelUse(fields);
      total.calls += calls;
      total.promptTokens += promptTokens;
      total.completionTokens += completionTokens;
    }
  }
  return total;
}

/** By the key under which the gate itself would look for one. */
async function hasControl(
  { platform, stores }: Open,
  config: Pick<TenetConfig, 'openai'>,
  { policy, baseline }: GatePlanQuestion,
  { manifest }: Cohort,
): Promise<boolean> {
  const digest = (await stores.agents.get(baseline))?.digest;
  if (digest === undefined) return false;
  const live = policy.lanes.model === 'live' ? (liveModelName(config) ?? 'not named') : null;
  const lane = {
    lane: 'control' as const,
    agent: baseline,
    digest,
    repeats: policy.repeats.control,
    policy: lanePolicy(policy.lanes),
    ...(live === null ? {} : { liveModel: live }),
  };
  const run = buildRunManifest({ tenant: platform.tenant, lane, cohort: manifest });
  const found = await stores.runs.findControl(controlKey(run, live));
  return found !== null && !isControlTooOld(found, new Date());
}

const LATEST = 50;

/** Re-runs a second of the newest finished run of any version of this agent. */
async function lastRate({ stores }: Open, agent: string): Promise<number | null> {
  for (const run of await stores.runs.list(LATEST)) {
    const seconds = run.finishedAt === null ? 0 : (run.finishedAt.getTime() - run.createdAt.getTime()) / 1000;
    if (run.status !== 'done' || seconds <= 0 || !run.agent.startsWith(`${agent}@`)) continue;
    return (run.manifest.cohort.size * run.manifest.lane.repeats) / seconds;
  }
  return null;
}
