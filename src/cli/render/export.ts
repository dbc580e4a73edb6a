import type { Screen } from '../output.js';
import { bytes, count, plural } from './numbers.js';
import { clip } from './width.js';
import { shellWord } from '../shellWord.js';
import { asCalled } from '../called.js';

export interface Exported {
  readonly decision: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly disclosed: number;
  readonly withheld: readonly string[];
  /** Entries beside the decision. */
  readonly related: readonly string[];
  readonly rows: number;
  readonly consistencyFrom: readonly number[];
  /** The file of the kept checkpoint. */
  readonly since: string | null;
}

export function exportLines(exported: Exported, { paint }: Screen): string[] {
  const { withheld, related, rows, consistencyFrom, since } = exported;
  const parts = [`${plural(exported.disclosed, 'field')} disclosed`];
  if (withheld.length > 0)
    parts.push(
      `${count(withheld.length)} withheld (${withheld
        .slice(0, 6)
        .map((path) => clip(path, 40))
        .join(' ')}${withheld.length > 6 ? ' …' : ''})`,
    );
  if (related.length > 0) parts.push(`${plural(related.length, 'entry', 'entries')} beside it`);
  if (rows > 0) parts.push(`${plural(rows, 'result row')} with proofs`);
  for (const size of consistencyFrom) parts.push(`consistent since size ${count(size)}`);
  const kept = since === null ? '' : ` --checkpoint ${clip(since, 200)}`;
  return [
    `written ${paint('bold', clip(exported.file, 300))}  ${bytes(exported.bytes)}  sha256 ${exported.sha256}`,
    parts.join(' · '),
    `next: ${asCalled('tenet ledger verify')} ${shellWord(clip(exported.file, 300))} --policy auditor.policy${kept}`,
  ];
}
