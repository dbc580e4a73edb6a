import { github } from './github.js';
import { junit } from './junit.js';
import type { GateReport } from './report.js';
import { comment, summary } from './summary.js';

/** Reporters by the name a user gives; each returns the whole text. */
export const REPORTERS = { junit, github, summary, comment } as const satisfies Record<
  string,
  (report: GateReport) => string
>;
export type ReporterName = keyof typeof REPORTERS;
export type { GateReport } from './report.js';
export { githubOutputs } from './github.js';
export { reportNotes, type ReportNote } from './notes.js';
