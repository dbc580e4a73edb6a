import { markdownTarget, markdownText } from './escape.js';
import { reportNotes } from './notes.js';
import { signedAs, type GateReport } from './report.js';

/** Markdown for a job summary. */
export function summary(report: GateReport): string {
  const { verdict, gate, name, baseline, candidate, url } = report;
  const target = url === undefined ? null : markdownTarget(url);
  const facts = [
    `${verdict.flips.length} flips`,
    `${verdict.shifted.length} with other reasons`,
    markdownText(signedAs(report)),
    ...(target === null ? [markdownText(gate)] : [`[${markdownText(gate)}](<${target}>)`]),
  ];
  return [
    `### Gate ${markdownText(name)}: ${verdict.status.toUpperCase()}`,
    '',
    `${markdownText(baseline)} → ${markdownText(candidate)} · ${facts.join(' · ')}`,
    '',
    '| Rule | Verdict | Evidence |',
    '| --- | --- | --- |',
    ...verdict.rules.map(
      ({ rule, status, line }) => `| ${markdownText(rule)} | ${status.toUpperCase()} | ${markdownText(line)} |`,
    ),
    '',
    ...notesOf(report),
  ].join('\n');
}

/** The same for a pull request: its first line, which nobody sees, is how a later run finds the comment to replace. */
export function comment(report: GateReport): string {
  const marker = markdownText(report.name).replace(/--/g, '');
  return `<!-- tenet-gate ${marker} -->\n${summary(report)}`;
}

function notesOf(report: GateReport): string[] {
  const notes = reportNotes(report);
  if (notes.length === 0) return [];
  return [
    ...notes.map(
      ({ title, lines }) => `- **${markdownText(title)}**: ${lines.map((line) => markdownText(line)).join('. ')}`,
    ),
    '',
  ];
}
