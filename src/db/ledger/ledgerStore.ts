import type { LedgerStore } from '../../ledger/index.js';
import type { Db } from '../database.js';
import { createAppendStore } from './appendStore.js';
import { createIngestStore } from './ingestStore.js';
import { createReadStore } from './readStore.js';

/** The ledger's ports over Postgres, for one tenant. Needs at least two connections: one writes, another reads back. */
export function createLedgerStore(db: Db, tenant: string): LedgerStore {
  return {
    tenant,
    ...createIngestStore(db, tenant),
    ...createAppendStore(db, tenant),
    ...createReadStore(db, tenant),
  };
}
