import { forTerminal } from './escape.js';
import { table } from './table.js';

export interface NewKey {
  readonly apiKey: string;
  readonly ref: string;
}

export interface KeyRow {
  readonly ref: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly kid: string | null;
  readonly agent: string | null;
  readonly fields: readonly string[] | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly replaces: string | null;
}

export const mintedLines = ({ apiKey }: NewKey): string[] => [apiKey];

export function keyLines(keys: readonly KeyRow[]): string[] {
  if (keys.length === 0) return ['no API key is in force'];
  const columns = ['REF', 'LABEL', 'SCOPES', 'FOR', 'SEES', 'ENDS', 'REPLACES'].map((title) => ({ title }));
  return table(
    columns,
    keys.map((key) => [
      key.ref,
      forTerminal(key.label),
      key.scopes.join(' '),
      forTerminal(key.kid ?? key.agent ?? ''),
      key.scopes.includes('read') ? forTerminal(key.fields?.join(' ') ?? 'everything') : '',
      key.expiresAt === null ? 'never' : key.expiresAt.toISOString(),
      key.replaces ?? '',
    ]),
  );
}
