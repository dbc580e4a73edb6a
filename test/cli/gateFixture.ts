import { flattenRecord } from '@tenet-ledger/record';
import { endGate } from '../../activities/signVerdict.js';
import { createStores, type RunRow, type Stores } from '../../src/db/index.js';
import { assessRuns, createLexicalEmbedder } from '../../src/drift/index.js';
import {
  applyWaivers,
  buildGateFacts,
  judge,
  parsePolicy,
  readWaivers,
  summarise,
  type GatePolicy,
} from '../../src/gate/index.js';
import {
  controlStatistics,
  laneYield,
  resultsTree,
  rowHash,
  toDecisionRuns,
  type HashedRow,
  type LaneName,
  type ResultRow,
} from '../../src/replay/index.js';
import { toBase64 } from '@tenet-ledger/record';
import { done, startRun } from '../db/replaySupport.js';
import { exampleRecord } from '../record/support.js';
import type { TestLedger } from '../support/ledger.js';

export const COHORT = 170;
/** Every tenth decision is given for another reason by the candidate; the first of all flips. */
export const FLIPPED = 0;
export const SHIFTED = [10, 20, 30];
export const decisionAt = (at: number): string => `dec_T${String(at).padStart(3, '0')}`;

const POLICY = `
version: 1
name: pre-deploy
agent: underwriter
type: loan.approve
cohort: { size: ${COHORT} }
stake: { path: /context/inputs/amount, unit: DM }
rationale: { forbidden: [{ id: age, terms: [years old], why: the law forbids it }] }
`;

/** Wordings of one reason: a baseline that varies its words and nothing else. */
const WORDINGS = [
  'the term of 24 months is within the limit',
  'at 24 months the term keeps to the limit',
  'a term of 24 months stays below the limit',
];
const CONCLUSIONS = ['the application is approved', 'so the loan is approved', 'we approve the loan'];

const steps = (at: number, repeat: number): string[] => [
  WORDINGS[(at + repeat) % 3] ?? '',
  CONCLUSIONS[(at * 2 + repeat) % 3] ?? '',
];

function candidateSteps(at: number): string[] {
  if (at === FLIPPED) return ['the term of 36 months is over the limit', 'the loan is declined'];
  if (SHIFTED.includes(at)) return ['the applicant is 23 years old', CONCLUSIONS[at % 3] ?? ''];
  return steps(at, 5);
}

export interface GateFixture {
  readonly gate: string;
  readonly control: string;
  readonly candidate: string;
  readonly stores: Stores;
}

/** Records decisions, re-runs them in both lanes and signs a verdict, as the platform does, without its processes. */
export async function recordAndJudge(t: TestLedger): Promise<GateFixture> {
  const producer = await t.producer();
  const decisions = Array.from({ length: COHORT }, (_, at) => decisionAt(at));
  const items = decisions.map((id, at) =>
    producer.record({
      id,
      session: 'ses_T',
      fields: flattenRecord({
        ...exampleRecord,
        intent: { ...exampleRecord.intent, session: 'ses_T' },
        context: { inputs: { amount: 1000 + at, duration: 24 } },
        reasoning: steps(at, 0),
        decision: { outcome: 'approve', confidence: 0.8 },
      }),
    }),
  );
  await t.ledger.ingest(items, { kids: 'any' });
  const sequencer = t.ledger.startSequencer({ intervalMs: 20 });
  try {
    return await judged(t, decisions);
  } finally {
    await sequencer.stop();
  }
}

async function judged(t: TestLedger, decisions: readonly string[]): Promise<GateFixture> {
  const stores = createStores(t.platform);
  const of = { stores, tenant: t.platform.tenant };
  const manifest = (id: string) =>
    t.ledger.append([{ kind: 'run', type: 'replay.run', id, fields: [{ path: '/run', value: id }] }]);
  const control = await startRun(of, decisions, { lane: 'control', agent: 'underwriter@1.0.0', repeats: 3 });
  const candidate = await startRun(of, decisions, { agent: 'underwriter@1.1.0', controlRun: control.id });
  for (const run of [control, candidate]) await manifest(run.id);
  for (const repeat of [1, 2, 3]) {
    await stores.replay.store(
      control,
      repeat,
      decisions.map((id, at) => done(id, { outcome: 'approve', reasoning: steps(at, repeat) })),
    );
  }
  const results = decisions.map((id, at) =>
    done(id, { outcome: at === FLIPPED ? 'decline' : 'approve', reasoning: candidateSteps(at) }),
  );
  await stores.replay.store(candidate, 1, results);
  for (const run of [control, candidate]) await stores.runs.update(run.id, { status: 'done' });
  const fixture: GateFixture = { gate: 'gate_T', control: control.id, candidate: candidate.id, stores };
  await judgeAs(t, fixture, { gate: 'gate_T', policy: POLICY });
  return fixture;
}

/** Another gate over the same runs: judged by a policy of its own, asked for with these waivers. */
export async function judgeAs(
  t: TestLedger,
  { stores, control: controlRun, candidate: candidateRun }: GateFixture,
  { gate, policy: text, waivers = [] }: { gate: string; policy: string; waivers?: readonly string[] },
): Promise<void> {
  const policy = parsePolicy(text, 'test.yaml');
  const [control, candidate] = await Promise.all([stores.runs.get(controlRun), stores.runs.get(candidateRun)]);
  if (control === null || candidate === null) throw new Error('the runs are gone');
  const [baseline, version] = [control.agent, candidate.agent];
  await stores.gates.save({ id: gate, policy, candidate: version, baseline, session: 'ses_T', waivers });
  await stores.gates.update(gate, { controlRun, candidateRun });
  await judgeRuns(t, stores, gate, control, candidate);
}

async function judgeRuns(
  t: TestLedger,
  stores: Stores,
  gateId: string,
  control: RunRow,
  candidate: RunRow,
): Promise<void> {
  const asked = await stores.gates.get(gateId);
  if (asked === null) throw new Error(`no gate ${gateId}`);
  const policy = asked.policy as GatePolicy;
  const rows: Record<LaneName, ResultRow[]> = {
    control: await load(stores, control),
    candidate: await load(stores, candidate),
  };
  const runs = toDecisionRuns(rows.control, rows.candidate);
  const scored = await assessRuns(runs, {
    agent: control.agent,
    type: policy.type,
    embedder: createLexicalEmbedder(),
    seed: control.agent,
  });
  const drifts = scored.decisions;
  const facts = buildGateFacts({
    cohortSize: COHORT,
    runs,
    drifts,
    notReplayable: [],
    harnessMismatch: [],
    spent: { calls: 0, cost: 0 },
    budgetStopped: null,
    stakeOf: () => 1000,
  });
  const waivers = (await readWaivers(t.ledger)).filter(({ id }) => asked.waivers.includes(id));
  const verdict = applyWaivers(judge(facts, policy), { facts, policy, waivers, at: asked.createdAt });
  await stores.gateSeals.putAssessments(
    gateId,
    drifts.map((drift) => ({ decision: drift.decision, body: drift })),
  );
  await stores.gateSeals.sealVerdict(gateId, verdict);
  const hashes: HashedRow[] = [...rows.control, ...rows.candidate].map((row) => ({
    lane: row.lane,
    repeat: row.repeat,
    decision: row.decision,
    hash: rowHash(row),
  }));
  const tree = resultsTree(hashes);
  const { cohort } = candidate.manifest;
  const summary = {
    ...summarise(verdict),
    cohort: { id: cohort.id, size: cohort.size, population: cohort.population },
    control: controlStatistics(runs),
    yields: [laneYield('control', COHORT * 3, [{ code: null, count: COHORT * 3 }])],
    vectors: { embedder: 'lexical', computed: 0, cached: 0 },
    profile: { digest: scored.profileDigest, mode: scored.profile.mode, decisions: scored.profile.decisions },
    results: { size: tree.size, root: toBase64(tree.root) },
  };
  const gate = await stores.gates.update(gateId, { summary, resultsRoot: tree.root });
  await endGate({ platform: t.platform, stores } as Parameters<typeof endGate>[0], gate, verdict, summary);
}

async function load(stores: Stores, run: RunRow): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  for await (const page of stores.replay.load(run)) for (const { row } of page) if (row !== null) rows.push(row);
  return rows;
}
