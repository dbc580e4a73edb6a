import type { ConfigRow } from '../../config/index.js';
import type { Screen } from '../output.js';
import { table } from './table.js';
import { clip } from './width.js';

export function configLines(
  rows: readonly ConfigRow[],
  file: string | null,
  { paint }: Screen,
  { doc }: { readonly doc: boolean },
): string[] {
  const titles = doc ? ['KEY', 'VALUE', 'SOURCE', 'ENVIRONMENT', 'MEANING'] : ['KEY', 'VALUE', 'SOURCE'];
  const lines = table(
    titles.map((title) => ({ title })),
    rows.map((row) => {
      const value = row.value === '' ? '–' : clip(row.value, 60);
      return [row.key, value, clip(row.source, 80), ...(doc ? [row.env, row.doc] : [])];
    }),
  );
  const from = file === null ? 'no tenet.config.yaml here or above' : `file ${clip(file, 200)}`;
  return [...lines, '', paint('dim', `${from} · precedence: flag > environment > file > default`)];
}
