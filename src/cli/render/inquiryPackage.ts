import type { PackageVerdict } from '../../inquiry/index.js';
import type { Screen } from '../output.js';
import { forTerminal } from './escape.js';
import { count } from './numbers.js';
import { wrap } from './width.js';

const BAD = new Set(['BROKEN', 'NOT SHOWN', 'INCOMPLETE']);

export function packageLines(verdict: PackageVerdict, screen: Screen): string[] {
  const { inquiry, version, decisions, report, problems, notShown, custody } = verdict;
  const rows = [
    ['integrity', verdict.integrity],
    ['authenticity', verdict.authenticity],
    ['independence', verdict.independence],
    ['completeness', verdict.completeness],
  ] as const;
  const answers = rows.flatMap(([name, { verdict: word, detail }]) => {
    const painted = screen.paint(BAD.has(word) ? ['red', 'bold'] : 'bold', word);
    return [`${name.padEnd(13)} ${painted}`, ...set(forTerminal(detail), screen)];
  });
  const sum = (what: 'disclosed' | 'withheld' | 'erased'): number => decisions.reduce((n, one) => n + one[what], 0);
  const read = [
    `${count(report?.leaves ?? 0)} log entries read, ${count(report?.decisions ?? 0)} decisions; ${count(report?.signatures.checked ?? 0)} signatures checked`,
    `${count(decisions.length)} decisions in scope: ${count(sum('disclosed'))} fields disclosed, ${count(sum('withheld'))} withheld, ${count(sum('erased'))} erased; ${count(custody)} custody events`,
  ];
  const producers =
    report?.producers.map((one) => `producer ${forTerminal(one.producer)} ${one.verdict.toUpperCase()}`) ?? [];
  return [
    `production ${version ?? '?'} of ${forTerminal(inquiry ?? 'an unreadable package')}`,
    '',
    ...answers,
    '',
    ...read,
    ...producers,
    ...titled('What is wrong', problems, screen),
    ...titled('What is not shown', notShown, screen),
  ];
}

const set = (text: string, { width }: Screen): string[] =>
  wrap(text, Math.max(30, width - 14)).map((line) => `${' '.repeat(14)}${line}`);

function titled(title: string, items: readonly string[], { width }: Screen): string[] {
  if (items.length === 0) return [];
  const lines = items.flatMap((item) =>
    wrap(forTerminal(item), Math.max(30, width - 4)).map((line, at) => `${at === 0 ? '  – ' : '    '}${line}`),
  );
  return ['', title, ...lines];
}
