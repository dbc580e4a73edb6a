import type { GateRow } from '../../db/index.js';
import type { DecisionDrift } from '../../drift/index.js';
import { AppError } from '../../errors/index.js';
import {
  decisionFacts,
  waiverState,
  type DecisionFacts,
  type GatePolicy,
  type GateVerdict,
  type Waiver,
  type WaiverState,
} from '../../gate/index.js';
import { toDecisionRuns, valueAt, type ResultRow } from '../../replay/index.js';
import type { OpenPlatform } from '../context.js';
import { openReads, readerOf } from '../reading.js';

const PAGE = 1_000;

export interface WaiverView extends Waiver {
  readonly state: WaiverState;
}

export const waiverView = (waiver: Waiver, now: Date): WaiverView => ({ ...waiver, state: waiverState(waiver, now) });

/** The verdict of a gate that has one. */
export async function verdictOf({ stores }: OpenPlatform, gate: GateRow): Promise<GateVerdict> {
  const verdict =
    gate.status === 'pending' ? null : ((await stores.gateSeals.openVerdict(gate.id)) as GateVerdict | null);
  if (verdict !== null) return verdict;
  throw new AppError('not_found', `gate ${gate.id} has no verdict yet`, {
    field: 'GATE',
    got: gate.status,
    fix: `tenet gate show ${gate.id}`,
  });
}

/** How one decision came out in a gate, as its rules saw it; null where it was not compared. */
export async function decisionIn(open: OpenPlatform, gate: GateRow, decision: string): Promise<DecisionFacts | null> {
  const [control, candidate] = await Promise.all([
    rowsOf(open, gate.controlRun, decision),
    rowsOf(open, gate.candidateRun, decision),
  ]);
  const [runs] = toDecisionRuns(control, candidate);
  const drift = await assessmentOf(open, gate.id, decision);
  return runs === undefined || drift === null ? null : decisionFacts(runs, drift, await stakeOf(open, gate, decision));
}

async function rowsOf({ stores }: OpenPlatform, runId: string | null, decision: string): Promise<ResultRow[]> {
  const run = runId === null ? null : await stores.runs.get(runId);
  if (run === null) return [];
  return (await stores.replay.ofDecision(run, decision)).flatMap(({ row }) => row ?? []);
}

async function assessmentOf({ stores }: OpenPlatform, gate: string, decision: string): Promise<DecisionDrift | null> {
  for (let after = ''; ;) {
    const page = await stores.gateSeals.assessments(gate, after, PAGE);
    const found = page.find((item) => item.decision === decision);
    if (found !== undefined) return found.body as DecisionDrift | null;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return null;
    after = last.decision;
  }
}

async function stakeOf(open: OpenPlatform, gate: GateRow, decision: string): Promise<number | null> {
  const { stake } = gate.policy as GatePolicy;
  if (stake === null) return null;
  const reads = await openReads(open);
  const [view] = await reads.read(
    [decision],
    readerOf('waiver'),
    (path) => path === stake.path || stake.path.startsWith(`${path}/`),
  );
  const value = view === undefined ? null : valueAt(view.fields, stake.path);
  return typeof value === 'number' ? value : null;
}
