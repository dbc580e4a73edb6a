import { cohortLines } from '../cohortClaim.js';
import { reuseLine } from '../controlReuse.js';
import { waivedLines } from '../waivers/waivedLines.js';
import type { GateReport } from './report.js';

export interface ReportNote {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What a verdict rests on besides its rules; none of it blocks. Figures and ids only. */
export function reportNotes({
  verdict,
  reused,
  profile,
}: Pick<GateReport, 'verdict' | 'reused' | 'profile'>): ReportNote[] {
  const waived = waivedLines(verdict);
  return [
    ...(waived.length === 0 ? [] : [{ title: 'waived', lines: waived }]),
    ...(verdict.cohortTests == null ? [] : [{ title: 'cohort', lines: cohortLines(verdict.cohortTests) }]),
    ...(profile == null ? [] : [{ title: 'noise profile', lines: [profileLine(profile)] }]),
    ...(reused == null ? [] : [{ title: 'saved', lines: [reuseLine(reused)] }]),
  ];
}

function profileLine({ id, mode, decisions, expiresAt }: NonNullable<GateReport['profile']>): string {
  return `${id}, ${mode}, ${decisions} decisions, valid until ${expiresAt.slice(0, 10)}`;
}
