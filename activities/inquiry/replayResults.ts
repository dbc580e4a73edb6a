import { rootOf, toBase64, type Json } from '@tenet-ledger/record';
import type { RunRow } from '../../src/db/index.js';
import { parseStep, type CaseRun, type RunLabel } from '../../src/inquiry/index.js';
import { nodeSha256 } from '../../src/ledger/index.js';
import { isUsable, rowText, type HashedRow } from '../../src/replay/index.js';
import type { ActivityDeps } from '../deps.js';
import type { StepContext } from './context.js';

const LOG_TIMEOUT_MS = 60_000;

export interface SignedReplays {
  readonly runs: readonly CaseRun[];
  /** The entry that discloses the root over all their rows; null where nothing was re-run. */
  readonly entry: string | null;
}

/** What the re-runs came to, and one signed root over all their rows, as a verdict has one. */
export async function signReplays({ deps, before, step, at, runs: ids }: StepContext): Promise<SignedReplays> {
  const asked = parseStep('collect', step.body).replays;
  const rows = await loadRuns(deps, ids);
  const runs: CaseRun[] = [];
  for (const run of rows) runs.push(await summarize(deps, run));
  for (const { agent, model } of asked) {
    if (!runs.some((run) => run.agent === agent)) runs.push(notRegistered(agent, model));
  }
  if (rows.length === 0) return { runs, entry: null };
  const hashes = (await hashesOf(deps, rows)).map(({ hash }) => hash);
  if (hashes.length === 0) return { runs, entry: null };
  const entry = step.id.replace(/^stp_/, 'rpl_');
  const fields: readonly (readonly [string, Json])[] = [
    ['/resultsRoot', toBase64(rootOf(hashes, nodeSha256))],
    ['/resultsSize', hashes.length],
    ['/inquiry/id', before.id],
    ['/runs', runs as unknown as Json],
  ];
  await deps.platform.ledger.append([
    {
      kind: 'report',
      type: 'inquiry.replayed',
      id: entry,
      links: [
        { rel: 'inquiry', id: before.id },
        ...rows.flatMap(({ entryId }) => (entryId === null ? [] : [{ rel: 'manifest', id: entryId }])),
      ],
      fields: fields.map(([path, value]) => ({ path, value })),
      occurredAt: at,
    },
  ]);
  await deps.platform.ledger.waitLogged([entry], { timeoutMs: LOG_TIMEOUT_MS });
  return { runs, entry };
}

export async function loadRuns({ stores }: ActivityDeps, ids: readonly string[]): Promise<RunRow[]> {
  const found = await Promise.all(ids.map((id) => stores.runs.get(id)));
  return found.filter((run) => run !== null);
}

/** Leaf hashes of all rows in the order of the root: run by run as they are listed, each in its own order. */
export async function hashesOf(
  { stores }: ActivityDeps,
  runs: readonly RunRow[],
): Promise<(HashedRow & { readonly run: string })[]> {
  const all: (HashedRow & { readonly run: string })[] = [];
  for (const run of runs) all.push(...(await stores.replay.hashes(run)).map((row) => ({ ...row, run: run.id })));
  return all;
}

/** Texts of one decision's rows, with their places under the root. */
export async function rowsOf(
  { stores }: ActivityDeps,
  runs: readonly RunRow[],
  places: ReadonlyMap<string, number>,
  decision: string,
): Promise<{ index: number; text: string }[]> {
  const carried: { index: number; text: string }[] = [];
  for (const run of runs) {
    for (const { lane, repeat, row } of await stores.replay.ofDecision(run, decision)) {
      const index = places.get(placeOf({ run: run.id, lane, repeat, decision }));
      if (row !== null && index !== undefined) carried.push({ index, text: rowText(row) });
    }
  }
  return carried;
}

export const placeOf = (row: {
  readonly run: string;
  readonly lane: string;
  readonly repeat: number;
  readonly decision: string;
}): string => `${row.run} ${row.lane} ${row.repeat} ${row.decision}`;

const notRegistered = (agent: string, model: 'tape' | 'live'): CaseRun => ({
  run: '',
  agent,
  label: model === 'tape' ? 'served from tape' : 'today’s model',
  status: 'not replayable',
  note: 'this version is not registered: nobody serves it',
  rows: 0,
  same: 0,
  other: 0,
  unusable: 0,
});

async function summarize(deps: ActivityDeps, run: RunRow): Promise<CaseRun> {
  let [rows, same, other, unusable] = [0, 0, 0, 0];
  const models = new Set<string>();
  for await (const page of deps.stores.replay.load(run)) {
    const views = await deps.platform.ledger.readDecisions(page.map(({ decision }) => decision));
    const recorded = new Map(views.map(({ id, fields }) => [id, fields]));
    for (const { decision, row } of page) {
      rows += 1;
      const model = recorded.get(decision)?.get('/provenance/model');
      if (typeof model === 'string') models.add(model);
      if (row === null || !isUsable(row)) unusable += 1;
      else if (row.outcome === recorded.get(decision)?.get('/decision/outcome')) same += 1;
      else other += 1;
    }
  }
  const { id, agent, status, note } = run;
  return { run: id, agent, label: labelOf(run, models), status, note, rows, same, other, unusable };
}

/** By what answered: the tape, the very model that the decisions name, or another. */
function labelOf({ manifest }: RunRow, recorded: ReadonlySet<string>): RunLabel {
  const { policy, liveModel } = manifest.lane;
  if (policy.model === 'tape') return 'served from tape';
  const name = liveModel?.split(' ').at(-1);
  return recorded.size === 1 && name !== undefined && recorded.has(name) ? 'original model' : 'today’s model';
}
