import { open, seal, type KeyStore } from '../ledger/index.js';
import type { Approval, ApprovalStore } from '../people/index.js';
import type { Db, Queryable } from './database.js';
import { tenantKey } from './sealKeys.js';
import { statement } from './statement.js';

/** One decision about a thing at a time: the second sees what the first stored. */
export const LOCK_APPROVALS = statement(
  'lock_approvals',
  { locked: 'bool' },
  `select true as locked from pg_advisory_xact_lock(hashtextextended($1 || '/approvals/' || $2, 0))`,
);

export const INSERT_APPROVAL = statement(
  'insert_approval',
  {},
  `insert into approvals (tenant, id, about, key_id, sealed) values ($1, $2, $3, $4, $5) on conflict do nothing`,
);

export const LIST_APPROVALS = statement(
  'list_approvals',
  { id: 'text', key_id: 'text', sealed: 'bytea' },
  `select id, key_id, sealed from approvals where tenant = $1 and about = $2 order by created_at, id`,
);

/** Sealed under the tenant's own key: a row that somebody else wrote does not open, and is refused. */
export function createApprovalStore(db: Db, tenant: string, keyStore: KeyStore): ApprovalStore {
  const list = async (on: Queryable, about: string): Promise<Approval[]> => {
    const rows = await on.run(LIST_APPROVALS, [tenant, about]);
    if (rows.length === 0) return [];
    const { keyId, key } = await tenantKey(keyStore, tenant);
    return rows.map((row) => {
      if (row.key_id !== keyId) throw new Error(`approval ${row.id} is sealed under a key that is not this tenant's`);
      const text = open(key, [tenant, 'approval', about, row.id, keyId], row.sealed).toString('utf8');
      return JSON.parse(text) as Approval;
    });
  };
  return {
    list: (about) => list(db, about),
    add: (about, decide) =>
      db.transaction(async (tx) => {
        await tx.run(LOCK_APPROVALS, [tenant, about]);
        const approval = await decide(await list(tx, about));
        const { keyId, key } = await tenantKey(keyStore, tenant);
        const text = Buffer.from(JSON.stringify(approval), 'utf8');
        const sealed = seal(key, [tenant, 'approval', about, approval.id, keyId], text);
        await tx.run(INSERT_APPROVAL, [tenant, approval.id, about, keyId, sealed]);
        return approval;
      }),
  };
}
