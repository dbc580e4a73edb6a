import { MAX_FINDINGS, type FsckFinding, type FsckReason } from './report.js';

/** Collects findings; counts those it no longer keeps. */
export class Findings {
  readonly list: FsckFinding[] = [];
  found = 0;

  add(reason: FsckReason, index: number | null, id: string | null, message: string): void {
    this.found += 1;
    if (this.list.length < MAX_FINDINGS) this.list.push({ reason, index, id, message });
  }
}
