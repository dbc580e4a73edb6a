import { markdownTarget, markdownText } from './escape.js';
import { signedAs, type GateReport } from './report.js';

/** Markdown for a job summary or a pull request comment. */
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
  ].join('\n');
}
