import type { LedgerService } from '../ledger/index.js';
import { ChainInspector } from './inspectChain.js';
import type { ProducerRow, ProducerStore } from './ports.js';
import type { ProducerReport } from './types.js';

const PAGE = 1_000;

export interface ReportDeps {
  readonly store: Pick<ProducerStore, 'chain'>;
  readonly ledger: Pick<LedgerService, 'readDecisions'>;
}

/** Reads one chain through, page by page. null where it has no entry. */
export async function reportProducer(
  { store, ledger }: ReportDeps,
  row: Pick<ProducerRow, 'producer' | 'kid' | 'conflicts'>,
): Promise<ProducerReport | null> {
  const inspector = new ChainInspector();
  for (let after = 0; ;) {
    const page = await store.chain(row.kid, row.producer, after, PAGE);
    for (const entry of page) inspector.add(entry);
    if (page.length < PAGE) break;
    after = page.at(-1)?.seq ?? after;
  }
  const views = await ledger.readDecisions(inspector.captureIds);
  return inspector.report(row, new Map(views.map(({ id, fields }) => [id, fields])));
}
