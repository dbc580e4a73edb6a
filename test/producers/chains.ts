import type { Json } from '@tenet-ledger/record';
import { ChainInspector, type ChainEntry, type ProducerReport } from '../../src/producers/index.js';

/** A sound chain of `count` decisions from number 1. */
export const chainOf = (count: number): ChainEntry[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `dec_${at + 1}`,
    seq: at + 1,
    kind: 'decision',
    type: 'loan.approve',
    agent: 'underwriter@1.0.0',
    session: 'ses_1',
    occurredAt: '2026-11-24T10:00:00.000Z',
    index: at + 10,
    sHash: `h${at + 1}`,
    prev: at === 0 ? null : `h${at}`,
    duplicate: false,
  }));

/** What the producer says of itself, behind the chain. */
export function capture(chain: readonly ChainEntry[], type: string, fields: Readonly<Record<string, Json>>) {
  const last = chain.at(-1);
  const seq = (last?.seq ?? 0) + 1;
  const entry: ChainEntry = {
    ...chainOf(1)[0]!,
    id: `ent_${seq}`,
    seq,
    kind: 'capture',
    type,
    session: null,
    sHash: `h${seq}`,
    prev: last?.sHash ?? null,
  };
  return { entry, values: new Map(Object.entries(fields).map(([name, value]) => [`/capture/${name}`, value])) };
}

export function inspect(
  entries: readonly ChainEntry[],
  values: ReadonlyMap<string, ReadonlyMap<string, Json>> = new Map(),
  conflicts = 0,
): ProducerReport {
  const inspector = new ChainInspector();
  for (const entry of entries) inspector.add(entry);
  const report = inspector.report({ producer: 'prd_1', kid: 'k_1', conflicts }, values);
  if (report === null) throw new Error('no report');
  return report;
}

/** With its closing entry. */
export function closed(chain: readonly ChainEntry[], fields: Readonly<Record<string, Json>> = {}) {
  const { entry, values } = capture(chain, 'capture.closed', {
    records: chain.at(-1)?.seq ?? 0,
    dropped: 0,
    session: 'ses_1',
    ...fields,
  });
  return { entries: [...chain, entry], values: new Map([[entry.id, values]]) };
}
