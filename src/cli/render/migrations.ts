import type { MigrationStatus } from '../../db/index.js';
import type { Screen } from '../output.js';
import { plural } from './numbers.js';
import { clip } from './width.js';
import { asCalled } from '../called.js';

export function migrationLines(
  status: MigrationStatus & { readonly appliedNow?: readonly string[] },
  { paint }: Screen,
): string[] {
  const { applied, pending, newer, appliedNow } = status;
  const fresh = new Set(appliedNow ?? []);
  const lines = [
    ...applied.map((name) => `  ${paint('green', '✓')} ${clip(name, 100)}${fresh.has(name) ? '  applied now' : ''}`),
    ...pending.map((name) => `  ${paint('yellow', '–')} ${clip(name, 100)}  pending`),
    ...newer.map((name) => `  ${paint('yellow', '–')} ${clip(name, 100)}  by a newer version, compatible`),
  ];
  const [summary, next] =
    pending.length > 0
      ? [`${plural(pending.length, 'migration')} pending`, [asCalled('next: tenet db migrate')]]
      : [`up to date, ${plural(applied.length, 'migration')}`, []];
  return [...lines, summary, ...next];
}
