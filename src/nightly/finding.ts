import type { Json, Link } from '@tenet-ledger/record';
import { digestOf, nightId } from './ids.js';
import { judgeSignals, type SignalFacts } from './signals/index.js';
import type { Finding, ScanEnd, ScanSummary, Signal } from './types.js';

/** Named by schedule and window; the attempt rises only after an end that says nothing about the agent. */
export const scanId = (schedule: string, closes: string, attempt: number): string =>
  nightId('drf_', [schedule, closes, attempt]);

/** Ends that another try may mend: the code says that the night was not looked at, not what it held. */
export const MAY_PASS: ReadonlySet<string> = new Set([
  'agent.not_available',
  'agent.not_registered',
  'internal',
  'interrupted',
  'temporal.unavailable',
  'db.unavailable',
  'ledger.pending',
  'embedder.unavailable',
]);

export type FindingFacts = SignalFacts &
  Pick<
    Finding,
    | 'schedule'
    | 'name'
    | 'attempt'
    | 'window'
    | 'agent'
    | 'versions'
    | 'type'
    | 'decisions'
    | 'late'
    | 'seed'
    | 'liveModel'
    | 'inconclusive'
  >;

/** Share of the drawn decisions beyond which "could not be re-run" decides more than what was seen. */
const MOST_UNJUDGED = 0.1;

export function buildFinding(facts: FindingFacts): Finding {
  const signals = judgeSignals(facts);
  const inconclusive = facts.inconclusive ?? tooLittle(facts, signals);
  return { v: 1, ...facts, signals, status: endOf(signals, inconclusive), inconclusive };
}

/** A shift that was seen stays one, however little else could be looked at. */
function endOf(signals: readonly Signal[], inconclusive: Finding['inconclusive']): ScanEnd {
  if (signals.some(({ status }) => status === 'shift')) return 'shift';
  return inconclusive === null ? 'no-evidence' : 'inconclusive';
}

function tooLittle({ rerun }: FindingFacts, signals: readonly Signal[]): Finding['inconclusive'] {
  const unjudged = signals.find(({ name, status }) => name === 'rerun-flips' && status === 'not-judged');
  if (unjudged !== undefined) return { code: 'drift.too_few', reason: unjudged.why };
  if (rerun !== null && rerun.drawn - rerun.compared > MOST_UNJUDGED * rerun.drawn) {
    const missing = rerun.drawn - rerun.compared;
    return { code: 'drift.not_replayable', reason: `${missing} of ${rerun.drawn} decisions could not be re-run` };
  }
  const gaps = signals.find(({ status }) => status === 'incomplete');
  return gaps === undefined ? null : { code: 'drift.coverage', reason: gaps.why };
}

export const findingDigest = (finding: Finding): string => digestOf(finding);

export interface FindingLinks {
  /** The signed manifest of the re-runs. */
  readonly manifest: string | null;
  /** The finding of an earlier attempt. */
  readonly supersedes: string | null;
  readonly schedule: string;
}

/** One field each, so that a part can be disclosed alone. */
export function findingEntry(id: string, finding: Finding, { manifest, supersedes, schedule }: FindingLinks) {
  const links: Link[] = [{ rel: 'schedule', id: schedule }];
  if (manifest !== null) links.push({ rel: 'manifest', id: manifest });
  if (supersedes !== null) links.push({ rel: 'supersedes', id: supersedes });
  const fields = Object.entries({ ...finding, digest: findingDigest(finding) });
  return {
    kind: 'drift' as const,
    type: 'drift.finding',
    id,
    links,
    fields: fields.map(([name, value]) => ({ path: `/${name}`, value: value as Json })),
  };
}

/** The finding as its entry gives it back; null where a part was erased or withheld. */
export function readFinding(fields: ReadonlyMap<string, Json>): Finding | null {
  const finding = Object.fromEntries([...fields].map(([path, value]) => [path.slice(1), value]));
  const { digest, ...rest } = finding;
  return digest === digestOf(rest) ? (rest as unknown as Finding) : null;
}

export const summaryOf = ({ decisions, rerun, signals, inconclusive }: Finding): ScanSummary => ({
  decisions,
  compared: rerun?.compared ?? 0,
  mismatches: rerun?.mismatches ?? 0,
  shifted: signals.filter(({ status }) => status === 'shift' || status === 'incomplete').map(({ name }) => name),
  code: inconclusive?.code ?? null,
  reason: inconclusive?.reason ?? null,
});
