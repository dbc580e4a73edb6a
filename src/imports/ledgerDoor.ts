import { toBase64, type Entry, type Submission } from '@tenet-ledger/record';
import type { ItemResult, LedgerService } from '../ledger/index.js';

/** How an import reaches a ledger: in this process, or over HTTP. */
export interface LedgerDoor {
  /** Of these ids, those that the ledger is known to have; a door that cannot tell says none, and is told by `post`. */
  present(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** One result each, in order, once what was accepted is durable. */
  post(submissions: readonly Submission[]): Promise<readonly Pick<ItemResult, 'id' | 'status' | 'code' | 'message'>[]>;
  /** The checkpoint that new records may cite. */
  head(): Promise<Entry['after'] | undefined>;
}

/** The ledger of this process. */
export function openDoor(
  ledger: Pick<LedgerService, 'ingest' | 'readEntries' | 'latestCheckpoint'>,
  kid: string,
): LedgerDoor {
  return {
    present: async (ids) => new Set((await ledger.readEntries(ids)).map(({ id }) => id)),
    post: (submissions) => ledger.ingest(submissions, { kids: [kid] }),
    async head() {
      const head = await ledger.latestCheckpoint();
      return head !== null && head.size > 0 ? { size: head.size, root: toBase64(head.root) } : undefined;
    },
  };
}
