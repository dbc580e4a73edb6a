import { heartbeat } from '@temporalio/activity';
import { toBase64, type Json } from '@tenet-ledger/record';
import type { GateRow, RunRow } from '../src/db/index.js';
import type { DecisionRuns } from '../src/drift/index.js';
import { AppError } from '../src/errors/index.js';
import {
  applyWaivers,
  buildGateFacts,
  COHORT_CLAIM_AT_MOST,
  judge,
  readWaivers,
  summarise,
  type GatePolicy,
  type StoredProfile,
  type Waiver,
} from '../src/gate/index.js';
import {
  controlStatistics,
  createBasisReader,
  harnessMismatches,
  laneYieldOfRows,
  notReplayable,
  PINNED_STRATUM,
  resultsTree,
  sampledSize,
  toControlRuns,
  toDecisionRuns,
  valueAt,
  type HashedRow,
  type RecordedBasis,
  type ResultRow,
} from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { controlReuse, gateSpent } from './gateBudget.js';
import { keepProfile, profileBasis, validProfiles } from './noiseProfile.js';
import { scoreDecisions, type Scored } from './scoreDecisions.js';
import type { GateRunSummary } from './types.js';

const PAGE = 500;

/** Compares the candidate with the control arm and judges by the policy. Again the same gate gives the same verdict. */
export async function judgeGate(deps: ActivityDeps, gate: GateRow): Promise<void> {
  const { stores } = deps;
  const policy = gate.policy as GatePolicy;
  const [control, candidate] = await Promise.all([loadLane(deps, gate.controlRun), loadLane(deps, gate.candidateRun)]);
  const { cohort } = candidate.run.manifest;
  const members = await stores.cohorts.members(cohort.id, 0, cohort.size);
  const decisions = members.map((member) => member.decision);
  const rows = [...control.rows, ...candidate.rows];
  const runs = toDecisionRuns(control.rows, candidate.rows);
  const recorded = await readRecorded(deps, decisions, policy.stake?.path ?? null);
  const sampled = members.flatMap(({ decision, stratum }) => (stratum === PINNED_STRATUM ? [] : [decision]));
  const scored = await score(deps, gate, { control, runs, sampled, basis: recorded.basis });

  const plans = [control, candidate].map(({ run }) => ({ lane: run.lane, repeats: run.manifest.lane.repeats }));
  const facts = buildGateFacts({
    cohortSize: sampledSize(cohort),
    outsideSample: members.filter(({ stratum }) => stratum === PINNED_STRATUM).map(({ decision }) => decision),
    runs,
    drifts: scored.drifts,
    notReplayable: notReplayable(decisions, rows, plans),
    harnessMismatch: harnessMismatches(runs, recorded.outcomes),
    spent: await gateSpent(deps, gate),
    budgetStopped: await budgetStopped(deps, [control.run, candidate.run]),
    cohortTests: scored.cohort,
    stakeOf: (decision) => recorded.stakes.get(decision) ?? null,
  });
  const waivers = await heldWaivers(deps, gate);
  const verdict = applyWaivers(judge(facts, policy), { facts, policy, waivers, at: gate.createdAt });
  await stores.gateSeals.putAssessments(
    gate.id,
    scored.drifts.map((drift) => ({ decision: drift.decision, body: drift })),
  );
  await stores.gateSeals.sealVerdict(gate.id, verdict);

  const tree = resultsTree([...control.hashes, ...candidate.hashes]);
  const summary: GateRunSummary = {
    ...summarise(verdict),
    cohort: { id: cohort.id, size: cohort.size, population: cohort.population },
    control: controlStatistics(runs),
    yields: [control, candidate].map(({ run, rows: own }) =>
      laneYieldOfRows(run.lane, cohort.size * run.manifest.lane.repeats, own),
    ),
    vectors: scored.vectors,
    profile: {
      id: scored.stored.id,
      digest: scored.stored.digest,
      mode: scored.profile.mode,
      decisions: scored.profile.decisions,
      expiresAt: scored.stored.expiresAt.toISOString(),
    },
    reused: await controlReuse(deps, gate, control.run),
    results: { size: tree.size, root: toBase64(tree.root) },
  };
  await stores.gates.update(gate.id, { summary, resultsRoot: tree.root });
}

/** Those that held when the gate was asked for, as the ledger has them now: one that was revoked meanwhile holds nothing. */
async function heldWaivers({ platform }: ActivityDeps, gate: GateRow): Promise<Waiver[]> {
  if (gate.waivers.length === 0) return [];
  return (await readWaivers(platform.ledger)).filter(({ id }) => gate.waivers.includes(id));
}

interface ToScore {
  readonly control: Lane;
  readonly runs: readonly DecisionRuns[];
  /** In frozen order. */
  readonly sampled: readonly string[];
  readonly basis: RecordedBasis;
}

/** By the noise profile of this control arm: the one in force, or measured now, signed and kept. */
async function score(
  deps: ActivityDeps,
  gate: GateRow,
  { control, runs, sampled, basis: recorded }: ToScore,
): Promise<Scored & { readonly stored: StoredProfile }> {
  const { type, alpha } = gate.policy as GatePolicy;
  const { cohort } = control.run.manifest;
  const basis = profileBasis(control.run, (await deps.embedder()).id, recorded);
  const known = await validProfiles(deps, control.run, basis);
  const scored = await scoreDecisions(deps, {
    agent: gate.baseline,
    type,
    alpha,
    runs,
    control: toControlRuns(control.rows),
    profiles: known.map(({ profile }) => profile),
    cohort: { seed: cohort.id, decisions: sampled.slice(0, COHORT_CLAIM_AT_MOST) },
  });
  const kept = scored.profileKept ? known.find(({ profile }) => profile === scored.profile) : undefined;
  return { ...scored, stored: kept ?? (await keepProfile(deps, control.run, basis, scored.profile)) };
}

interface Lane {
  readonly run: RunRow;
  readonly rows: readonly ResultRow[];
  readonly hashes: readonly HashedRow[];
}

async function loadLane({ stores }: ActivityDeps, runId: string | null): Promise<Lane> {
  const run = runId === null ? null : await stores.runs.get(runId);
  if (run === null) throw new AppError('not_found', `run ${runId} does not exist`, { field: 'run' });
  const rows: ResultRow[] = [];
  const hashes: HashedRow[] = [];
  for await (const page of stores.replay.load(run)) {
    for (const { row, lane, repeat, decision, rowHash } of page) {
      if (row !== null) rows.push(row);
      hashes.push({ lane, repeat, decision, hash: rowHash });
    }
    heartbeat(rows.length);
  }
  return { run, rows, hashes };
}

interface Recorded {
  readonly outcomes: ReadonlyMap<string, string>;
  readonly stakes: ReadonlyMap<string, number>;
  readonly basis: RecordedBasis;
}

async function readRecorded(
  { platform }: ActivityDeps,
  decisions: readonly string[],
  stakePath: string | null,
): Promise<Recorded> {
  const outcomes = new Map<string, string>();
  const stakes = new Map<string, number>();
  const reader = createBasisReader();
  for (let at = 0; at < decisions.length; at += PAGE) {
    for (const { id, fields } of await platform.ledger.readDecisions(decisions.slice(at, at + PAGE))) {
      const outcome = fields.get('/decision/outcome');
      if (typeof outcome === 'string') outcomes.set(id, outcome);
      reader.see(fields);
      const stake: Json | undefined = stakePath === null ? undefined : valueAt(fields, stakePath);
      if (typeof stake === 'number') stakes.set(id, stake);
    }
    heartbeat(at);
  }
  return { outcomes, stakes, basis: reader.basis() };
}

async function budgetStopped({ stores }: ActivityDeps, runs: readonly RunRow[]): Promise<string | null> {
  for (const { id } of runs) {
    const run = await stores.runs.get(id);
    if (run?.status === 'stopped') return run.note ?? 'stopped by its budget';
  }
  return null;
}
