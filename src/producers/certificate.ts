import { parseReceipt, toBase64 } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import type { LedgerService, StoredEntry } from '../ledger/index.js';
import type { ProducerStore } from './ports.js';
import type { ProducerReport } from './types.js';

/** A report with what an auditor needs to come to it without us: every leaf of the chain and its place under one checkpoint. */
export interface Certificate {
  readonly v: 1;
  readonly log: string;
  /** Signed note, C2SP tlog-checkpoint. */
  readonly checkpoint: string;
  readonly report: ProducerReport;
  /** The entry that put the producer's key into the log. */
  readonly key: CertifiedEntry;
  /** By number. */
  readonly entries: readonly (CertifiedEntry | CertifiedDuplicate)[];
}

export interface CertifiedEntry {
  /** Exact text. */
  readonly leaf: string;
  readonly index: number;
  /** RFC 6962 §2.1.1, base64 each. */
  readonly proof: readonly string[];
  /** Of entries that are no record of anybody's case: keys, and what the producer says of its own capture. */
  readonly disclosures?: readonly string[];
}

/** A number that was answered as a duplicate: in no tree, but signed, and the next one names its hash. */
export interface CertifiedDuplicate {
  /** Exact text. */
  readonly leaf: string;
  /** The entry that the log has under this id. */
  readonly duplicateOf: Pick<CertifiedEntry, 'leaf' | 'index' | 'proof'>;
}

/** An entry with its proof is about 3 KB: a longer chain is checked where the ledger is. */
export const MAX_CERTIFIED = 20_000;
const PAGE = 1_000;

export interface CertifyDeps {
  readonly store: Pick<ProducerStore, 'chain'>;
  readonly ledger: Pick<LedgerService, 'receipt' | 'latestCheckpoint' | 'readEntries' | 'openDisclosures'>;
  readonly log: string;
}

export async function certify(deps: CertifyDeps, report: ProducerReport): Promise<Certificate> {
  const { store, ledger, log } = deps;
  const head = await ledger.latestCheckpoint();
  if (head === null || report.queued > 0) throw pending();
  if (report.entries + report.duplicates > MAX_CERTIFIED) {
    throw new AppError('input.too_large', `a certificate holds at most ${MAX_CERTIFIED} entries`, {
      got: String(report.entries),
      fix: 'run the report without --certificate',
    });
  }
  const [key] = await ledger.readEntries([`${report.kid}.add`]);
  if (key === undefined)
    throw new AppError('not_found', `the key ${report.kid} has no entry of its own in the log`, {});
  const make = async (
    { id, idx, leaf }: Pick<StoredEntry, 'id' | 'idx' | 'leaf'>,
    open: boolean,
  ): Promise<CertifiedEntry> => {
    if (idx === null || idx >= head.size) throw pending();
    const { hashes } = parseReceipt(await ledger.receipt(idx, head.size));
    const disclosures = open ? ((await ledger.openDisclosures([id])).get(id)?.disclosures ?? []) : undefined;
    return { leaf, index: idx, proof: hashes.map((hash) => toBase64(hash)), ...(disclosures && { disclosures }) };
  };
  const makeDuplicate = async (id: string, leaf: string): Promise<CertifiedDuplicate> => {
    const [kept] = await ledger.readEntries([id]);
    if (kept === undefined) throw new AppError('not_found', `${id} was answered as a duplicate and is not in the log`);
    return { leaf, duplicateOf: await make(kept, false) };
  };
  const entries: (CertifiedEntry | CertifiedDuplicate)[] = [];
  for (let after = 0; ;) {
    const page = await store.chain(report.kid, report.producer, after, PAGE);
    for (const { id, index: idx, leaf, kind, duplicate } of page)
      entries.push(duplicate ? await makeDuplicate(id, leaf) : await make({ id, idx, leaf }, kind === 'capture'));
    if (page.length < PAGE) break;
    after = page.at(-1)?.seq ?? after;
  }
  return { v: 1, log, checkpoint: head.note, report, key: await make(key, true), entries };
}

const pending = (): AppError =>
  new AppError('ledger.pending', 'some entries of this producer are not under a checkpoint yet', {
    fix: 'try again in a moment',
  });
