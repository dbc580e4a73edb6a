import type { GateRunSummary } from '../../../activities/index.js';
import type { GateRow, RunRow } from '../../db/index.js';
import type { DecisionDrift, DecisionRuns } from '../../drift/index.js';
import { AppError } from '../../errors/index.js';
import { reportNotes, termMatchers, type GatePolicy, type GateReport, type GateVerdict } from '../../gate/index.js';
import type { BundleRows, DecisionView, FieldChoice } from '../../ledger/index.js';
import {
  compareRows,
  controlStatistics,
  diffDecision,
  laneYield,
  rowText,
  toDecisionRuns,
  triage,
  valueAt,
  type HashedRow,
  type ResultRow,
} from '../../replay/index.js';
import type { OpenPlatform } from '../context.js';
import { openReads, readerOf } from '../reading.js';
import type { DiffView } from '../render/diff.js';
import { byWeight, changeOf, type DecisionChange, type GateView } from './gate.js';
import { runView, type RunView } from './run.js';

const PAGE = 1_000;
const OUTCOME = '/decision/outcome';
/** Rules whose decisions are worth showing side by side though they did not flip. */
const NAMING = new Set(['rationale', 'pinned']);
/** Stands for the newest of its kind wherever an id is asked for. */
export const LATEST = 'latest';

/** A gate by id; `latest` is the newest. */
export async function getGate({ stores }: OpenPlatform, id: string): Promise<GateRow> {
  const gate = id === LATEST ? ((await stores.gates.list(1))[0] ?? null) : await stores.gates.get(id);
  if (gate !== null) return gate;
  const known = (await stores.gates.list(5)).map((row) => row.id);
  throw new AppError('not_found', `there is no gate ${id}`, {
    field: 'GATE',
    got: id,
    ...(known.length > 0 ? { expected: `one of the latest: ${known.join(' ')}` } : {}),
    fix: known.length > 0 ? `tenet gate show ${known[0]}` : 'run a gate first: tenet gate run --help',
  });
}

/** A run by id; `latest` is the newest. */
export async function getRun({ stores }: OpenPlatform, id: string): Promise<RunRow> {
  const run = id === LATEST ? ((await stores.runs.list(1))[0] ?? null) : await stores.runs.get(id);
  if (run !== null) return run;
  const known = (await stores.runs.list(5)).map((row) => row.id);
  throw new AppError('not_found', `there is no run ${id}`, {
    field: 'RUN',
    got: id,
    ...(known.length > 0 ? { expected: `one of the latest: ${known.join(' ')}` } : {}),
    fix: known.length > 0 ? `tenet replay show ${known[0]}` : 'start a run first: tenet replay run --help',
  });
}

export async function loadRun(open: OpenPlatform, run: RunRow): Promise<RunView> {
  const index = run.entryId === null ? null : await indexOf(open, run.entryId);
  return runView(run, await open.stores.replay.counts(run.id), index, laneYield);
}

async function indexOf({ platform }: OpenPlatform, entryId: string): Promise<number | null> {
  const [entry] = await platform.ledger.readEntries([entryId]);
  return entry?.idx ?? null;
}

/** The gate with its figures, and what changed in each decision that flipped or shifted. */
export async function loadGate(open: OpenPlatform, gate: GateRow): Promise<GateView> {
  const { stores } = open;
  const runOf = async (id: string | null): Promise<RunRow | null> => (id === null ? null : stores.runs.get(id));
  const [control, candidate] = [await runOf(gate.controlRun), await runOf(gate.candidateRun)];
  const policy = gate.policy as GatePolicy;
  const verdict = (await stores.gateSeals.openVerdict(gate.id)) as GateVerdict | null;
  const about = verdict?.rules.filter(({ rule, status }) => NAMING.has(rule) && status !== 'pass') ?? [];
  const named = new Set(about.flatMap((rule) => rule.decisions));
  for (const decision of verdict?.shifted ?? []) named.add(decision);
  const drifts = (await loadAssessments(open, gate.id)).filter((drift) => drift.flip || named.has(drift.decision));
  const runs =
    drifts.length === 0
      ? []
      : toDecisionRuns(await loadRows(open, gate.controlRun), await loadRows(open, gate.candidateRun));
  const basis = basisOf(gate);
  return {
    id: gate.id,
    name: policy.name,
    status: gate.status,
    attempt: gate.attempt,
    baseline: gate.baseline,
    candidate: gate.candidate,
    session: gate.session,
    policy,
    control: control && (await loadRun(open, control)),
    candidateRun: candidate && (await loadRun(open, candidate)),
    verdict,
    signed:
      gate.verdictEntry === null ? null : { entry: gate.verdictEntry, index: await indexOf(open, gate.verdictEntry) },
    workflow: gate.workflow,
    repository: gate.repository,
    revision: gate.revision,
    ...basis,
    notes: verdict === null ? [] : reportNotes({ verdict, ...basis }),
    changes: await compare(open, gate, drifts, runs),
  };
}

/** What the row keeps in the clear of how the gate was judged; empty for one that was not, or before this was kept. */
function basisOf({ summary }: GateRow): Pick<GateReport, 'reused' | 'profile'> {
  const kept = summary as Partial<GateRunSummary> | null;
  const { id, mode, decisions, expiresAt } = kept?.profile ?? {};
  const whole = id !== undefined && mode !== undefined && decisions !== undefined && expiresAt !== undefined;
  return { reused: kept?.reused ?? null, profile: whole ? { id, mode, decisions, expiresAt } : null };
}

/** Assessed decisions side by side, largest change first. An erased decision has no assessment that opens. */
async function compare(
  open: OpenPlatform,
  gate: GateRow,
  drifts: readonly DecisionDrift[],
  runs: readonly DecisionRuns[],
): Promise<DecisionChange[]> {
  if (drifts.length === 0) return [];
  const byDecision = new Map(runs.map((of) => [of.decision, of]));
  const policy = gate.policy as GatePolicy;
  const stakePath = policy.stake?.path;
  const views = await loadViews(
    open,
    drifts.map((drift) => drift.decision),
    (path) => path === OUTCOME || path === stakePath || stakePath?.startsWith(`${path}/`) === true,
  );
  const matchers = termMatchers(policy.rationale.forbidden);
  const changes = drifts.flatMap((drift) => {
    const own = byDecision.get(drift.decision);
    if (own === undefined) return [];
    const view = views.get(drift.decision);
    const recorded = view?.fields.get(OUTCOME);
    const recordedOutcome = typeof recorded === 'string' ? recorded : null;
    const stake = view === undefined || policy.stake === null ? null : amountAt(view, policy.stake.path);
    return [changeOf(diffDecision({ runs: own, drift, recordedOutcome }), drift, stake, matchers)];
  });
  return changes.sort(byWeight);
}

async function loadAssessments({ stores }: OpenPlatform, gate: string): Promise<DecisionDrift[]> {
  const drifts: DecisionDrift[] = [];
  for (let after = ''; ;) {
    const page = await stores.gateSeals.assessments(gate, after, PAGE);
    for (const { body } of page) if (body !== null) drifts.push(body as DecisionDrift);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return drifts;
    after = last.decision;
  }
}

/** The decision that changed most, for people who want to see one. */
export async function mostChanged(open: OpenPlatform, gate: GateRow): Promise<string> {
  const [first] = triage(await loadAssessments(open, gate.id));
  if (first !== undefined) return first.decision;
  throw new AppError('not_found', `gate ${gate.id} assessed no decision`, {
    field: 'GATE',
    got: gate.id,
    fix: `tenet gate show ${gate.id}`,
  });
}

export async function loadRows({ stores }: OpenPlatform, runId: string | null): Promise<ResultRow[]> {
  const run = runId === null ? null : await stores.runs.get(runId);
  if (run === null) return [];
  const rows: ResultRow[] = [];
  for await (const page of stores.replay.load(run)) for (const { row } of page) if (row !== null) rows.push(row);
  return rows;
}

/**
 * What the results root of these runs was built from, in its order, and the texts of one decision's rows. A row whose decision
 * was erased keeps its hash and has no text.
 */
export async function loadRowEvidence(
  { stores }: OpenPlatform,
  runs: readonly RunRow[],
  decision: string,
): Promise<RowEvidence> {
  const hashed: HashedRow[] = [];
  const texts = new Map<string, string>();
  for (const run of runs) {
    hashed.push(...(await stores.replay.hashes(run)));
    for (const { lane, repeat, row } of await stores.replay.ofDecision(run, decision)) {
      if (row !== null) texts.set(`${lane}/${repeat}`, rowText(row));
    }
  }
  hashed.sort(compareRows);
  const own = [...hashed.entries()].filter(([, row]) => row.decision === decision);
  const carried = own.flatMap(([index, { lane, repeat }]) => {
    const text = texts.get(`${lane}/${repeat}`);
    return text === undefined ? [] : [{ index, text }];
  });
  return { hashes: hashed.map(({ hash }) => hash), carried, own: own.length };
}

export interface RowEvidence extends Omit<BundleRows, 'verdictId'> {
  /** Rows of the decision, erased ones included. */
  readonly own: number;
}

async function loadViews(
  open: OpenPlatform,
  ids: readonly string[],
  choose: FieldChoice,
): Promise<Map<string, DecisionView>> {
  const views = new Map<string, DecisionView>();
  const [reads, reader] = [await openReads(open), readerOf('gate comparison')];
  for (let at = 0; at < ids.length; at += PAGE) {
    for (const view of await reads.read(ids.slice(at, at + PAGE), reader, choose)) views.set(view.id, view);
  }
  return views;
}

function amountAt({ fields }: Pick<DecisionView, 'fields'>, pointer: string): number | null {
  const value = valueAt(fields, pointer);
  return typeof value === 'number' ? value : null;
}

/** Control arm and candidate lane, as far as the gate got. */
export async function runsOf({ stores }: OpenPlatform, gate: GateRow): Promise<RunRow[]> {
  const ids = [gate.controlRun, gate.candidateRun].filter((id) => id !== null);
  return (await Promise.all(ids.map((id) => stores.runs.get(id)))).filter((run) => run !== null);
}

/** The comparison behind a gate, with the control arm's own variation beside it. */
export async function loadComparison(
  open: OpenPlatform,
  gate: GateRow,
  wanted: (drift: DecisionDrift) => boolean,
): Promise<DiffView> {
  const [control, candidate] = [await loadRows(open, gate.controlRun), await loadRows(open, gate.candidateRun)];
  const runs = toDecisionRuns(control, candidate);
  const drifts = await loadAssessments(open, gate.id);
  const policy = gate.policy as GatePolicy;
  const ofRuns = await runsOf(open, gate);
  const planned = ofRuns[0]?.manifest.cohort.size ?? drifts.length;
  const views = await Promise.all(ofRuns.map((run) => loadRun(open, run)));
  return {
    gate: { id: gate.id, name: policy.name, baseline: gate.baseline, candidate: gate.candidate, policy },
    decisions: drifts.length,
    flips: drifts.filter((drift) => drift.flip).length,
    control: controlStatistics(runs),
    controlRepeats: ofRuns.find(({ lane }) => lane === 'control')?.manifest.lane.repeats ?? policy.repeats.control,
    yields: views.map((view) => view.yield),
    notReplayable: Math.max(0, planned - runs.length),
    changes: await compare(open, gate, drifts.filter(wanted), runs),
  };
}
