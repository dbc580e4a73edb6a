import type { EvidenceBundle } from './bundle.js';
import type { OpenedEntry } from './bundleEntry.js';
import type { Checkpoint } from './checkpoint.js';
import type { OpenedNote } from './note.js';
import type { Policy } from './policy.js';
import type { Ed25519Verify } from './types.js';

/** What the checks hand on to each other. Every entry of the bundle is in `all`, once. */
export interface BundleCase {
  readonly bundle: EvidenceBundle;
  readonly policy: Policy;
  readonly verify: Ed25519Verify;
  readonly kept: string | undefined;
  readonly main: OpenedEntry;
  readonly keys: readonly OpenedEntry[];
  readonly related: readonly OpenedEntry[];
  readonly erasures: readonly OpenedEntry[];
  readonly all: readonly OpenedEntry[];
}

/** The one checkpoint all receipts of the bundle share. */
export interface LogView {
  readonly checkpoint: Checkpoint;
  readonly opened: OpenedNote;
  readonly unknownSigners: readonly string[];
}

/** "48112" → "48,112", the same in every locale. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** "1 entry", "2 entries". */
export const counted = (n: number, one: string, many: string): string => `${grouped(n)} ${n === 1 ? one : many}`;
