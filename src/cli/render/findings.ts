import type { Screen, Style } from '../output.js';
import { plural } from './numbers.js';
import { clip, padEnd, wrap } from './width.js';

/** What `doctor` found, one look at one thing. */
export interface FindingLine {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix?: string;
}

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const;
const STYLES: Readonly<Record<FindingLine['status'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function findingLines(findings: readonly FindingLine[], { paint, width }: Screen): string[] {
  const names = Math.min(
    30,
    findings.reduce((most, { name }) => Math.max(most, name.length), 0),
  );
  const indent = ' '.repeat(names + 5);
  const lines = findings.flatMap(({ name, status, detail, fix }) => {
    const said = wrap(clip(detail, 2000), Math.max(30, width - names - 5));
    const todo = fix === undefined ? [] : wrap(`fix: ${clip(fix, 2000)}`, Math.max(30, width - names - 5));
    const [first = '', ...rest] = [...said, ...todo];
    return [
      `  ${paint(STYLES[status], SIGNS[status])} ${padEnd(clip(name, names), names)} ${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const warned = findings.filter(({ status }) => status === 'warn').length;
  return [
    ...lines,
    failed > 0
      ? `${plural(failed, 'problem')} to fix first`
      : warned > 0
        ? `ready, ${plural(warned, 'note')}`
        : 'ready',
  ];
}
