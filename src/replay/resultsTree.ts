import { inclusionProof, memoryReader, rootOf } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { compareText } from './order.js';
import type { LaneName } from './types.js';

export interface RowKey {
  readonly lane: LaneName;
  readonly repeat: number;
  readonly decision: string;
}

export interface HashedRow extends RowKey {
  readonly hash: Uint8Array;
}

export interface RowProof {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
}

/** What a verdict binds: every result row of a control arm and a candidate lane. */
export interface ResultsTree {
  readonly size: number;
  readonly root: Uint8Array;
  /** null when the tree has no such row. */
  proofOf(key: RowKey): RowProof | null;
  /** Keys in leaf order. */
  readonly order: readonly RowKey[];
}

/** Lane by name, then repeat as a number, then decision by code units. A leaf's index follows from the set alone. */
export function compareRows(a: RowKey, b: RowKey): number {
  return compareText(a.lane, b.lane) || a.repeat - b.repeat || compareText(a.decision, b.decision);
}

/** RFC 6962 §2.1 over the rows in {@link compareRows} order. Two rows of one key would be two truths: refused. */
export function resultsTree(rows: readonly HashedRow[]): ResultsTree {
  const sorted = [...rows].sort(compareRows);
  const indexes = new Map<string, number>();
  sorted.forEach((row, index) => {
    if (indexes.has(keyOf(row))) {
      throw new AppError('input.invalid', 'a result row is there twice', {
        field: `/${row.lane}/${row.repeat}/${row.decision}`,
        expected: 'one row per lane, repeat and decision',
        got: 'two',
      });
    }
    indexes.set(keyOf(row), index);
  });
  const hashes = sorted.map(({ hash }) => hash);
  let read: ReturnType<typeof memoryReader> | undefined;
  return {
    size: hashes.length,
    root: rootOf(hashes),
    order: sorted.map(({ lane, repeat, decision }) => ({ lane, repeat, decision })),
    proofOf(key) {
      const index = indexes.get(keyOf(key));
      if (index === undefined) return null;
      read ??= memoryReader(hashes);
      return { index, proof: inclusionProof(index, hashes.length, read) };
    },
  };
}

const keyOf = ({ lane, repeat, decision }: RowKey): string => `${lane}/${repeat}/${decision}`;
