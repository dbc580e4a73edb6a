import type { LedgerService } from '../ledger/index.js';
import { AppError } from '../errors/index.js';
import type { ProducerStore } from './ports.js';
import type { ProducerReport } from './types.js';

/** A report with what an auditor needs to check it without us: every leaf of the chain and its place under one checkpoint. */
export interface Certificate {
  readonly v: 1;
  readonly log: string;
  readonly origin: string;
  /** Signed note, C2SP tlog-checkpoint. */
  readonly checkpoint: string;
  readonly report: ProducerReport;
  /** By number. The leaf's exact text; the receipt is C2SP tlog-proof text. */
  readonly entries: readonly { readonly seq: number; readonly leaf: string; readonly receipt: string }[];
}

/** A proof is about 2 KB: a longer chain is checked where the ledger is. */
export const MAX_CERTIFIED = 20_000;
const PAGE = 1_000;

export interface CertifyDeps {
  readonly store: Pick<ProducerStore, 'chain'>;
  readonly ledger: Pick<LedgerService, 'receipt' | 'latestCheckpoint'>;
  readonly log: string;
  readonly origin: string;
}

export async function certify(
  { store, ledger, log, origin }: CertifyDeps,
  report: ProducerReport,
): Promise<Certificate> {
  const head = await ledger.latestCheckpoint();
  if (head === null || report.queued > 0)
    throw new AppError('ledger.pending', 'some entries of this producer are not under a checkpoint yet', {
      fix: 'try again in a moment',
    });
  if (report.entries > MAX_CERTIFIED) {
    throw new AppError('input.too_large', `a certificate holds at most ${MAX_CERTIFIED} entries`, {
      got: String(report.entries),
      fix: 'run the report without --proofs',
    });
  }
  const entries: { seq: number; leaf: string; receipt: string }[] = [];
  for (let after = 0; ;) {
    const page = await store.chain(report.kid, report.producer, after, PAGE);
    for (const { seq, leaf, index } of page)
      if (index !== null && index < head.size)
        entries.push({ seq, leaf, receipt: await ledger.receipt(index, head.size) });
    if (page.length < PAGE) break;
    after = page.at(-1)?.seq ?? after;
  }
  return { v: 1, log, origin, checkpoint: head.note, report, entries };
}
