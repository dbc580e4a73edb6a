import { setImmediate } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import {
  assessCohort,
  clipRun,
  COHORT_MINIMUM,
  compareReasoning,
  DEFAULT_SEMANTIC_FLOOR,
  driftIndex,
  holm,
  prepareSpace,
  SCORER_VERSION,
  type CohortDrift,
  type ReasoningDelta,
} from '../src/drift/index.js';
import { AppError } from '../src/errors/index.js';
import {
  comparisonEntry,
  comparisonVerdict,
  compareOutcomesOf,
  digestOf,
  pairRuns,
  round6,
  type CompareRequest,
  type Pairing,
  type ReasonChange,
  type RunComparison,
} from '../src/nightly/index.js';
import type { ActivityDeps } from './deps.js';
import { keyedSides, type KeyedSides } from './keyedSides.js';
import type { CompareOutcome } from './types.js';

const LOG_TIMEOUT_MS = 60_000;
const LISTED = 50;
const PAUSE_EVERY = 50;

type Pairs = Pairing['pairs'];

/** The same cases in two runs of a pipeline: outcomes, reasons, and a signed comparison that says what both are worth. */
export async function compareRuns(deps: ActivityDeps, request: CompareRequest): Promise<CompareOutcome> {
  const { platform } = deps;
  const sides = await keyedSides(deps, request);
  const { pairs, ...pairing } = pairRuns(sides.run, sides.against);
  if (pairs.length === 0) throw nothingShared(request, sides);
  const comparison = await compare(deps, request, sides, pairs, pairing);
  const entry = comparisonEntry(comparison);
  await platform.ledger.append([entry]);
  await platform.ledger.waitLogged([entry.id], { timeoutMs: LOG_TIMEOUT_MS });
  return { entry: entry.id, verdict: comparison.verdict };
}

async function compare(
  deps: ActivityDeps,
  { run, against, alpha }: CompareRequest,
  sides: KeyedSides,
  pairs: Pairs,
  pairing: RunComparison['pairing'],
): Promise<RunComparison> {
  const outcomes = compareOutcomesOf(pairs, alpha);
  const reasons = await compareReasons(deps, pairs, digestOf([run, against]), alpha);
  const tests = [
    ...outcomes.directions.map(({ from, to, p }) => ({ name: `outcomes went from ${from} to ${to}`, p })),
    ...(reasons.cohort?.tests.map(({ statistic, p }) => ({ name: `reasons: ${statistic}`, p })) ?? []),
  ];
  const adjusted = holm(tests.map(({ p }) => p)).map((p, at) => ({ name: tests[at]?.name ?? '', p }));
  return {
    v: 1,
    run,
    against,
    asOf: sides.asOf,
    agents: sides.agents,
    types: sides.types,
    key: sides.key,
    decisions: { run: sides.run.length, against: sides.against.length },
    unreadable: sides.unreadable,
    pairing,
    outcomes: {
      ...outcomes,
      rate: round6(outcomes.rate),
      bounds: [round6(outcomes.bounds[0]), round6(outcomes.bounds[1])],
    },
    reasons,
    alpha,
    ...comparisonVerdict(pairs.length, adjusted, alpha),
  };
}

async function compareReasons(
  deps: ActivityDeps,
  pairs: Pairs,
  seed: string,
  alpha: number,
): Promise<RunComparison['reasons']> {
  const embedder = await deps.embedder();
  const signal = cancellationSignal();
  const pause = async (done: number): Promise<void> => {
    signal.throwIfAborted();
    heartbeat({ stage: 'compare', done });
    await setImmediate();
  };
  const clipped = pairs.map((pair) => ({
    ...pair,
    baseline: pair.baseline.map(clipRun),
    candidate: pair.candidate.map(clipRun),
  }));
  const baselines = clipped.map(({ baseline }) => baseline);
  const { space } = await prepareSpace(
    baselines,
    clipped.flatMap(({ candidate }) => candidate),
    { embedder, signal },
  );
  const changes: ReasonChange[] = [];
  for (const [at, { baseline, candidate, decisions }] of clipped.entries()) {
    if (at % PAUSE_EVERY === 0) await pause(at);
    const last = candidate.at(-1);
    if (last === undefined) continue;
    const flip = baseline.at(-1)?.outcome !== last.outcome;
    const change = changeOf(compareReasoning(baseline, last, space), flip, decisions);
    if (change.flip || change.channels.length > 0) changes.push(change);
  }
  const repeated = clipped.filter(({ baseline }) => baseline.length >= 2);
  const cohort: CohortDrift | null =
    repeated.length < COHORT_MINIMUM ? null : await assessCohort(repeated, { space, seed, alpha, pause });
  return {
    sameOutcomeOtherReasons: changes.filter(({ flip }) => !flip).length,
    largest: changes
      .sort(
        (a, b) => Number(b.flip) - Number(a.flip) || b.driftIndex - a.driftIndex || (a.decision < b.decision ? -1 : 1),
      )
      .slice(0, LISTED),
    cohort,
    embedder: embedder.id,
    scorer: SCORER_VERSION,
  };
}

/** New wording alone is no other reason. */
function changeOf(delta: ReasoningDelta, flip: boolean, decisions: Pairs[number]['decisions']): ReasonChange {
  const scores = delta.channels.filter(({ channel }) => channel !== 'outcome');
  return {
    decision: decisions[0].at(-1) ?? '',
    against: decisions[1].at(-1) ?? '',
    flip,
    driftIndex: round6(driftIndex(scores, DEFAULT_SEMANTIC_FLOOR)),
    channels: scores.filter(({ channel, value }) => channel !== 'semantic' && value > 0).map(({ channel }) => channel),
  };
}

const nothingShared = ({ run, against }: CompareRequest, { key }: KeyedSides): AppError =>
  new AppError('input.invalid', `runs ${run} and ${against} have no case in common`, {
    field: '--against',
    expected: `decisions with the same ${key.pointer}`,
    fix: 'name the key with --key, a pointer such as /context/inputs/id',
  });
