import type { ControlReuse } from '../controlReuse.js';
import type { GateVerdict } from '../types.js';

/**
 * What reporters render for machines and for comments that many people read. They use counts, bounds, ids and links only:
 * no outcome, reason or amount reaches them from `findings` or `stakeAtRisk`.
 */
export interface GateReport {
  readonly gate: string;
  readonly name: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly verdict: GateVerdict;
  /** Where the verdict is signed. */
  readonly entry: { readonly id: string; readonly index: number | null } | null;
  /** What the gate did not have to run, since its control arm was there. */
  readonly reused?: ControlReuse | null;
  readonly profile?: {
    readonly id: string;
    readonly mode: string;
    readonly decisions: number;
    readonly expiresAt: string;
  } | null;
  /** Path of the policy file within the repository, for annotations. */
  readonly policyFile?: string;
  /** http(s) page of the gate. */
  readonly url?: string;
}

export const signedAs = ({ entry }: GateReport): string =>
  entry === null ? 'not signed' : entry.index === null ? `entry ${entry.id}` : `leaf ${entry.index}`;
