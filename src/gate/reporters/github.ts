import { commandData, commandProperty } from './escape.js';
import { reportNotes } from './notes.js';
import { signedAs, type GateReport } from './report.js';

/** Workflow commands for annotations: an error for each rule that blocks, one notice when the gate passes, what it rests on as notices. */
export function github(report: GateReport): string {
  const { verdict, name, policyFile, baseline, candidate } = report;
  const place = policyFile === undefined ? '' : `file=${commandProperty(policyFile)},`;
  const lines = verdict.rules
    .filter(({ status }) => status !== 'pass')
    .map(({ rule, status, line }) => {
      const title = `gate ${name}: ${rule} ${status}`;
      return `::error ${place}title=${commandProperty(title)}::${commandData(line)}`;
    });
  if (verdict.status === 'pass') {
    const message = `${baseline} to ${candidate}: ${verdict.flips.length} flips, ${signedAs(report)}`;
    lines.push(`::notice ${place}title=${commandProperty(`gate ${name}: pass`)}::${commandData(message)}`);
  }
  for (const { title, lines: all } of reportNotes(report)) {
    const heading = commandProperty(`gate ${name}: ${title}`);
    lines.push(`::notice ${place}title=${heading}::${commandData(all.join('; '))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Lines for the file that GITHUB_OUTPUT names: what later steps of the job may ask for. Ids and words only, so none can add a line. */
export function githubOutputs({ gate, verdict, entry }: GateReport, status: string = verdict.status): string {
  const outputs = { gate, status, entry: entry?.id ?? '' };
  return Object.entries(outputs)
    .map(([key, value]) => `${key}=${value.replace(/[^\w.:@-]/g, '_')}\n`)
    .join('');
}
