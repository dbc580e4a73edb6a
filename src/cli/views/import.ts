import type { ImportCounts, ImportFormat, ImportProblem, ImportRow } from '../../imports/index.js';

/** One decision as the screens show it. */
export interface ShownRow {
  readonly line: number;
  readonly id: string;
  readonly status: ImportRow['status'];
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
  readonly outcome: string;
  readonly grade: string;
  readonly reasons: readonly string[];
}

export interface ImportReport {
  readonly file: string;
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  readonly ended: 'done' | 'errors' | 'stopped';
  readonly counts: ImportCounts;
  /** The last line, row or item that was read. */
  readonly readTo: number;
  /** Where an earlier import of the file ended; null from the beginning. */
  readonly resumedAt: number | null;
  readonly session: string;
  /** null in a dry run, and where nothing was new. */
  readonly producer: { readonly id: string; readonly kid: string; readonly records: number } | null;
  readonly problems: readonly ImportProblem[];
  readonly rows: readonly ShownRow[];
  readonly next: readonly string[];
}
