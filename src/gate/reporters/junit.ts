import type { RuleOutcome } from '../types.js';
import { xmlText } from './escape.js';
import { reportNotes } from './notes.js';
import { signedAs, type GateReport } from './report.js';

/** One test case per rule. A failed rule is a `failure`; an inconclusive one is an `error`: it was not tested. */
export function junit(report: GateReport): string {
  const { verdict, gate, name, baseline, candidate } = report;
  const count = (status: RuleOutcome['status']): number =>
    verdict.rules.filter((rule) => rule.status === status).length;
  const totals = `tests="${verdict.rules.length}" failures="${count('fail')}" errors="${count('inconclusive')}"`;
  const properties = { gate, baseline, candidate, status: verdict.status, signed: signedAs(report) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tenet" ${totals}>`,
    `  <testsuite name="${xmlText(`gate ${name}`)}" ${totals} skipped="0">`,
    '    <properties>',
    ...Object.entries(properties).map(([key, value]) => `      <property name="${key}" value="${xmlText(value)}"/>`),
    '    </properties>',
    ...verdict.rules.map((rule) => testCase(name, rule)),
    ...systemOut(report),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function systemOut(report: GateReport): string[] {
  const lines = reportNotes(report).flatMap(({ title, lines: all }) => all.map((line) => `${title}: ${line}`));
  return lines.length === 0 ? [] : [`    <system-out>${xmlText(lines.join(' | '))}</system-out>`];
}

function testCase(gate: string, { rule, status, line }: RuleOutcome): string {
  const head = `    <testcase classname="${xmlText(`tenet.gate.${gate}`)}" name="${xmlText(rule)}"`;
  if (status === 'pass') return `${head}/>`;
  const element = status === 'fail' ? 'failure' : 'error';
  return `${head}><${element} type="${xmlText(rule)}" message="${xmlText(line)}"/></testcase>`;
}
