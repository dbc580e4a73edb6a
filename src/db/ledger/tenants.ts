import { EMPTY_ROOT } from '@tenet-ledger/record';
import type { TenantRow } from '../../ledger/index.js';
import type { Db } from '../database.js';
import { INSERT_HEAD, INSERT_TENANT } from './readSql.js';

/** Row and empty tree of a tenant, both or neither. Nothing happens when they are there. */
export async function createTenant(db: Db, tenant: string, row: TenantRow): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(INSERT_TENANT, [tenant, row.log, row.origin, Buffer.from(row.rootKey)]);
    await tx.run(INSERT_HEAD, [tenant, Buffer.from(EMPTY_ROOT)]);
  });
}
