import { toBase64, type Json } from '@tenet-ledger/record';
import { policyDigest } from './policy/policyDigest.js';
import type { GatePolicy, GateVerdict } from './types.js';

export interface VerdictRequest {
  readonly gate: string;
  readonly attempt: number;
  readonly policy: GatePolicy;
  readonly verdict: GateVerdict;
  /** name@version of both sides. */
  readonly baseline: string;
  readonly candidate: string;
  /** Runs whose manifests were logged before; null where the gate ended before them. */
  readonly runs: { readonly control: RunRef | null; readonly candidate: RunRef | null };
  /** Root and size of the tree over all result rows of both runs; null where nothing was run. */
  readonly results: { readonly root: Uint8Array; readonly size: number } | null;
  /** More of what the verdict rests on, by field path: "/yield/control", "/controlArm", "/noiseProfile". */
  readonly basis?: Readonly<Record<string, Json>>;
}

export interface RunRef {
  readonly run: string;
  /** Id of the manifest's ledger entry. */
  readonly entry: string;
}

export interface VerdictEntry {
  readonly kind: 'verdict';
  readonly type: 'gate';
  readonly links: readonly { readonly rel: string; readonly id: string }[];
  readonly fields: readonly { readonly path: string; readonly value: Json }[];
}

/**
 * The verdict as a ledger entry: each field can be disclosed alone. It binds policy (by content and digest), manifests,
 * and every result row through `/resultsRoot`; a bundle shows single rows with their proofs against it.
 */
export function verdictEntry(request: VerdictRequest): VerdictEntry {
  const { gate, attempt, policy, verdict, baseline, candidate, runs, results, basis = {} } = request;
  const manifests = Object.entries(runs).flatMap(([lane, ref]) => (ref === null ? [] : [[lane, ref] as const]));
  const fields: [string, unknown][] = [
    ['/gate', gate],
    ['/attempt', attempt],
    ['/baseline', baseline],
    ['/candidate', candidate],
    ['/policy', policy],
    ['/policyDigest', policyDigest(policy)],
    ['/status', verdict.status],
    ...verdict.rules.map((rule): [string, unknown] => [`/rules/${rule.rule}`, rule]),
    ['/flips', verdict.flips],
    ['/shifted', verdict.shifted],
    [
      '/stakeAtRisk',
      verdict.stakeAtRisk === null ? null : { amount: verdict.stakeAtRisk, unit: policy.stake?.unit ?? '' },
    ],
    ...(verdict.cohortTests == null ? [] : [['/cohortTests', verdict.cohortTests] as [string, unknown]]),
    ...(verdict.waived === undefined ? [] : [['/waivers', verdict.waived] as [string, unknown]]),
    ['/manifests', Object.fromEntries(manifests)],
    ...(results === null ? [] : resultFields(results)),
    ...Object.entries(basis),
  ];
  return {
    kind: 'verdict',
    type: 'gate',
    links: [
      ...manifests.map(([, ref]) => ({ rel: 'manifest', id: ref.entry })),
      ...(verdict.waived ?? []).map(({ waiver }) => ({ rel: 'waiver', id: waiver })),
    ],
    fields: fields.map(([path, value]) => ({ path, value: value as Json })),
  };
}

/** What the bundle verifier checks result rows against: standard base64 and a leaf count. */
function resultFields({ root, size }: { root: Uint8Array; size: number }): [string, unknown][] {
  return [
    ['/resultsRoot', toBase64(root)],
    ['/resultsSize', size],
  ];
}
