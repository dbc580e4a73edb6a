import { AppError } from '../../errors/index.js';
import { planGate, type PlannedGate } from '../stats/index.js';
import type { GatePolicy } from '../types.js';

/** What the recorded runs of the cohort show: the sums over its decisions. */
export interface CohortUse {
  readonly decisions: number;
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface EstimateRequest {
  readonly policy: GatePolicy;
  /** Recorded decisions that could be drawn. */
  readonly population: number;
  readonly cohort: CohortUse;
  /** A finished or running control arm of the same code, decisions, draws and model is used again. */
  readonly controlKept: boolean;
  /** For a million tokens; null where no price is configured. */
  readonly price: { readonly prompt: number; readonly completion: number } | null;
  /** Re-runs a second of the last run of this agent; null where there was none. */
  readonly rate: number | null;
  readonly expectedFlipRate: number;
  readonly power: number;
}

export interface LaneEstimate {
  readonly lane: 'control' | 'candidate';
  readonly repeats: number;
  readonly reruns: number;
  /** Live model calls; 0 where they are answered from the tape. */
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number | null;
  readonly kept: boolean;
}

export interface GateEstimate {
  readonly population: number;
  readonly cohort: number;
  /** The smallest cohort that passes with the wanted power at the expected flip rate; null: no cohort can. */
  readonly needed: PlannedGate | null;
  readonly enough: boolean;
  readonly lanes: readonly LaneEstimate[];
  readonly reruns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly cost: number | null;
  /** Seconds; null without a run to judge by. */
  readonly seconds: number | null;
  /** Hard stops of the policy that the estimate is above. */
  readonly exceeds: readonly ('maxCalls' | 'maxTokens' | 'maxCost')[];
}

/**
 * What a gate will take, before it runs. Calls and tokens are those of the recorded runs of the very decisions that will be
 * drawn, so what is uncertain is only how much more or less the candidate says.
 */
export function estimateGate(request: EstimateRequest): GateEstimate {
  const { policy, population, cohort, controlKept, rate } = request;
  const { control, candidate } = policy.repeats;
  const lanes = [
    laneEstimate(request, 'control', control, controlKept),
    laneEstimate(request, 'candidate', candidate, false),
  ];
  const needed = neededOf(request);
  const reruns = sum(lanes.map((lane) => lane.reruns));
  const calls = sum(lanes.map((lane) => lane.calls));
  const cost = lanes.some((lane) => lane.cost === null) ? null : sum(lanes.map((lane) => lane.cost ?? 0));
  const { maxCalls, maxCost, maxTokens = null } = policy.budget;
  const tokens = sum(lanes.map((lane) => lane.promptTokens + lane.completionTokens));
  return {
    population,
    cohort: cohort.decisions,
    needed,
    enough: needed !== null && cohort.decisions >= needed.n,
    lanes,
    reruns,
    calls,
    tokens,
    cost,
    seconds: rate === null ? null : reruns / rate,
    exceeds: [
      ...(maxCalls !== null && calls > maxCalls ? (['maxCalls'] as const) : []),
      ...(maxTokens !== null && tokens > maxTokens ? (['maxTokens'] as const) : []),
      ...(maxCost !== null && cost !== null && cost > maxCost ? (['maxCost'] as const) : []),
    ],
  };
}

function laneEstimate(
  { policy, cohort, price }: EstimateRequest,
  lane: LaneEstimate['lane'],
  repeats: number,
  kept: boolean,
): LaneEstimate {
  const times = kept ? 0 : repeats;
  const live = policy.lanes.model === 'live' ? times : 0;
  const promptTokens = cohort.promptTokens * live;
  const completionTokens = cohort.completionTokens * live;
  const cost = price && (promptTokens * price.prompt + completionTokens * price.completion) / 1_000_000;
  return {
    lane,
    repeats,
    reruns: cohort.decisions * times,
    calls: cohort.calls * live,
    promptTokens,
    completionTokens,
    cost: live === 0 ? 0 : cost,
    kept,
  };
}

/** A margin that the expected rate reaches already, or one too narrow for any cohort, needs no number but says so. */
function neededOf({ policy, expectedFlipRate, power }: EstimateRequest): PlannedGate | null {
  try {
    return planGate({ maxFlipRate: policy.maxFlipRate, expectedFlipRate, alpha: policy.alpha, power });
  } catch (error) {
    if (error instanceof AppError && error.details.field === '/expectedFlipRate') return null;
    throw error;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
