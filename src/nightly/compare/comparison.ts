import type { Json } from '@tenet-ledger/record';
import { COHORT_MINIMUM, type CohortDrift } from '../../drift/index.js';
import { digestOf, nightId } from '../ids.js';
import type { OutcomeComparison, Pairing } from './compareRuns.js';

export interface CompareRequest {
  /** Orchestrator run whose decisions are looked at, and the one they are held against. */
  readonly run: string;
  readonly against: string;
  readonly agent: string | null;
  readonly type: string | null;
  /** Pointer to the business key; found by itself when null. */
  readonly key: string | null;
  readonly alpha: number;
}

export interface ReasonChange {
  /** Decision of run A, and of run B. */
  readonly decision: string;
  readonly against: string;
  readonly flip: boolean;
  /** Size, 0 to 1: it sorts this list and decides nothing. */
  readonly driftIndex: number;
  readonly channels: readonly string[];
}

/** Two pipeline runs over the same cases. */
export interface RunComparison {
  readonly v: 1;
  readonly run: string;
  readonly against: string;
  readonly asOf: { readonly size: number; readonly root: string | null };
  readonly agents: readonly string[];
  readonly types: readonly string[];
  /** Where the key stands, `subject` for the subject's tag; `proved`: ids are made of it. */
  readonly key: { readonly pointer: string; readonly proved: boolean };
  readonly decisions: { readonly run: number; readonly against: number };
  /** Values gone or withheld: they could not be compared. */
  readonly unreadable: number;
  readonly pairing: Omit<Pairing, 'pairs'>;
  readonly outcomes: OutcomeComparison;
  readonly reasons: {
    /** Same outcome, and some channel but wording points at the reasons. */
    readonly sameOutcomeOtherReasons: number;
    readonly largest: readonly ReasonChange[];
    /**
     * The claim, where run B decided enough keys more than once: then it is known how much it differs from itself. null: what is
     * listed has a size and no evidence.
     */
    readonly cohort: CohortDrift | null;
    readonly embedder: string;
    readonly scorer: string;
  };
  readonly alpha: number;
  /** `no-evidence` is not "no drift". Of outcomes by McNemar, of reasons by the cohort test where there is one; Holm over all. */
  readonly verdict: 'shift' | 'no-evidence' | 'inconclusive';
  readonly why: string;
}

export const comparisonId = (comparison: RunComparison): string => nightId('cmp_', comparison);

export function comparisonEntry(comparison: RunComparison) {
  return {
    kind: 'drift' as const,
    type: 'drift.comparison',
    id: comparisonId(comparison),
    fields: Object.entries({ ...comparison, digest: digestOf(comparison) }).map(([name, value]) => ({
      path: `/${name}`,
      value: value as unknown as Json,
    })),
  };
}

/** From adjusted p-values, never from size. */
export function comparisonVerdict(
  compared: number,
  adjusted: readonly { readonly name: string; readonly p: number }[],
  alpha: number,
): Pick<RunComparison, 'verdict' | 'why'> {
  if (compared < COHORT_MINIMUM) {
    return { verdict: 'inconclusive', why: `${compared} decisions are in both runs, ${COHORT_MINIMUM} are needed` };
  }
  const shifted = adjusted.filter(({ p }) => p <= alpha).map(({ name }) => name);
  if (shifted.length > 0) return { verdict: 'shift', why: shifted.join(', ') };
  return { verdict: 'no-evidence', why: 'neither outcomes nor, where they could be tested, reasons' };
}

/** The comparison as its entry gives it back; null where a part was erased or withheld. */
export function readComparison(fields: ReadonlyMap<string, Json>): RunComparison | null {
  const all = Object.fromEntries([...fields].map(([path, value]) => [path.slice(1), value]));
  const { digest, ...rest } = all;
  return digest === digestOf(rest) ? (rest as unknown as RunComparison) : null;
}
