import type { Json, Link } from '@tenet-ledger/record';
import type { GateRow } from '../src/db/index.js';
import { AppError } from '../src/errors/index.js';
import { verdictEntry, type GatePolicy, type GateVerdict, type RunRef } from '../src/gate/index.js';
import type { ActivityDeps } from './deps.js';
import type { GateOutcome, GateRunSummary } from './types.js';

const LOG_TIMEOUT_MS = 60_000;
export const verdictId = (gateId: string): string => gateId.replace(/^gate_/, 'ver_');
const driftId = (gateId: string): string => gateId.replace(/^gate_/, 'drf_');

/**
 * Signs drift summary and verdict into the ledger, then ends the gate. Both entries are named by the gate: a second run
 * after a crash finds them, and the gate ends with what was signed first.
 */
export async function signVerdict(deps: ActivityDeps, gate: GateRow): Promise<GateOutcome> {
  const verdict = (await deps.stores.gateSeals.openVerdict(gate.id)) as GateVerdict | null;
  if (verdict === null) throw new AppError('not_found', `gate ${gate.id} was not judged yet`, { field: 'gate' });
  return endGate(deps, gate, verdict, gate.summary as GateRunSummary | null);
}

/** `summary` is null where nothing was judged: then there is a verdict and no drift entry. */
export async function endGate(
  { platform, stores }: ActivityDeps,
  gate: GateRow,
  verdict: GateVerdict,
  summary: GateRunSummary | null,
): Promise<GateOutcome> {
  const control = await runRef(stores, gate.controlRun);
  const candidate = await runRef(stores, gate.candidateRun);
  const manifests = [control, candidate].filter((ref) => ref !== null);
  const drift = summary === null ? null : driftEntry(gate, verdict, summary, manifests);
  const built = verdictEntry({
    gate: gate.id,
    attempt: gate.attempt,
    policy: gate.policy as GatePolicy,
    verdict,
    baseline: gate.baseline,
    candidate: gate.candidate,
    runs: { control, candidate },
    results:
      gate.resultsRoot === null || summary === null ? null : { root: gate.resultsRoot, size: summary.results.size },
    ...(summary === null
      ? {}
      : {
          basis: {
            '/yields': summary.yields,
            '/controlArm': summary.control,
            '/noiseProfile': summary.profile.digest,
            ...(summary.reused == null ? {} : { '/controlReused': summary.reused }),
          } as unknown as Record<string, Json>,
        }),
  });
  const signed = {
    ...built,
    id: verdictId(gate.id),
    links: [...built.links, ...linksOf(drift, summary)],
  };
  const entries = drift === null ? [signed] : [drift, signed];
  await platform.ledger.append(entries);
  await platform.ledger.waitLogged(
    entries.map(({ id }) => id),
    { timeoutMs: LOG_TIMEOUT_MS },
  );
  await stores.gates.update(gate.id, {
    status: verdict.status,
    verdictEntry: signed.id,
    ...(drift === null ? {} : { driftEntry: drift.id }),
  });
  return { gateId: gate.id, status: verdict.status, verdictEntry: signed.id };
}

const linksOf = (drift: { readonly id: string } | null, summary: GateRunSummary | null): Link[] => [
  ...(drift === null ? [] : [{ rel: 'drift', id: drift.id }]),
  ...(summary?.profile.id === undefined ? [] : [{ rel: 'profile', id: summary.profile.id }]),
];

async function runRef(stores: ActivityDeps['stores'], runId: string | null): Promise<RunRef | null> {
  const run = runId === null ? null : await stores.runs.get(runId);
  return run?.entryId == null ? null : { run: run.id, entry: run.entryId };
}

function driftEntry(gate: GateRow, verdict: GateVerdict, summary: GateRunSummary, manifests: readonly RunRef[]) {
  const links: Link[] = manifests.map(({ entry }) => ({ rel: 'manifest', id: entry }));
  const fields: [string, unknown][] = [
    ['/gate', gate.id],
    ['/noiseProfile', summary.profile],
    ['/embedder', summary.vectors.embedder],
    ['/controlArm', summary.control],
    ['/yields', summary.yields],
    ['/flips', verdict.flips.length],
    ['/shifted', verdict.shifted.length],
    ['/compared', summary.control.decisions],
  ];
  return {
    kind: 'drift' as const,
    type: 'drift.summary',
    id: driftId(gate.id),
    links,
    fields: fields.map(([path, value]) => ({ path, value: value as Json })),
  };
}
