import { commandData, commandProperty } from './escape.js';
import { signedAs, type GateReport } from './report.js';

/** Workflow commands for annotations: an error for each rule that blocks, one notice when the gate passes. */
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
  return `${lines.join('\n')}\n`;
}
