import { AppError } from '../errors/index.js';
import { open, seal, type KeyStore } from '../ledger/index.js';
import { bytesArray, textArray } from './arrays.js';
import type { Db } from './database.js';
import { keysOf, tenantKey } from './sealKeys.js';
import { statement } from './statement.js';

export const SEAL_GATE = statement(
  'seal_gate',
  { id: 'text' },
  `update gates set key_id = $3, sealed = $4 where tenant = $1 and id = $2 returning id`,
);

export const SELECT_SEALED_GATE = statement(
  'select_sealed_gate',
  { key_id: 'text?', sealed: 'bytea?' },
  `select key_id, sealed from gates where tenant = $1 and id = $2`,
);

export const UPSERT_ASSESSMENTS = statement(
  'upsert_assessments',
  {},
  `insert into gate_assessments (tenant, gate, decision, key_id, sealed)
   select $1, $2, a.* from unnest($3::text[], $4::text[], $5::bytea[]) as a
   on conflict (tenant, gate, decision) do update set key_id = excluded.key_id, sealed = excluded.sealed`,
);

export const SELECT_ASSESSMENTS = statement(
  'select_assessments',
  { decision: 'text', key_id: 'text', sealed: 'bytea' },
  `select decision, key_id, sealed from gate_assessments
   where tenant = $1 and gate = $2 and decision > $3 order by decision limit $4`,
);

export const SELECT_DISCLOSURE_KEYS = statement(
  'select_disclosure_keys',
  { entry_id: 'text', key_id: 'text' },
  `select entry_id, key_id from disclosures where tenant = $1 and entry_id = any($2::text[])`,
);

export type GateSealStore = ReturnType<typeof createGateSealStore>;

/** What quotes an agent: the verdict under the tenant's own key, each assessment under its decision's subject key. */
export function createGateSealStore(db: Db, tenant: string, keyStore: KeyStore) {
  return {
    async sealVerdict(id: string, verdict: unknown): Promise<void> {
      const { keyId, key } = await tenantKey(keyStore, tenant);
      const text = Buffer.from(JSON.stringify(verdict), 'utf8');
      const sealed = seal(key, [tenant, 'gate', id, keyId], text);
      const rows = await db.run(SEAL_GATE, [tenant, id, keyId, sealed]);
      if (rows.length === 0) throw new AppError('not_found', `gate ${id} does not exist`, { field: '/gate' });
    },

    /** null before a verdict was sealed, and after the tenant's key was destroyed. */
    async openVerdict(id: string): Promise<unknown> {
      const [row] = await db.run(SELECT_SEALED_GATE, [tenant, id]);
      if (!row?.key_id || !row.sealed) return null;
      const key = await keyStore.get(row.key_id);
      return key
        ? (JSON.parse(open(key, [tenant, 'gate', id, row.key_id], row.sealed).toString('utf8')) as unknown)
        : null;
    },

    /** Again the same gate replaces its rows. A decision that was erased meanwhile is left out. */
    async putAssessments(
      gate: string,
      list: readonly { readonly decision: string; readonly body: unknown }[],
    ): Promise<void> {
      const ids = await db.run(SELECT_DISCLOSURE_KEYS, [tenant, textArray(list.map((item) => item.decision))]);
      const keyIds = new Map(ids.map((row) => [row.entry_id, row.key_id]));
      const keys = await keysOf(keyStore, keyIds.values());
      const rows = list.flatMap(({ decision, body }) => {
        const keyId = keyIds.get(decision);
        const key = keyId === undefined ? undefined : keys.get(keyId);
        if (keyId === undefined || !key) return [];
        const text = Buffer.from(JSON.stringify(body), 'utf8');
        return [{ decision, keyId, sealed: seal(key, [tenant, 'assessment', gate, decision, keyId], text) }];
      });
      if (rows.length === 0) return;
      await db.run(UPSERT_ASSESSMENTS, [
        tenant,
        gate,
        textArray(rows.map((row) => row.decision)),
        textArray(rows.map((row) => row.keyId)),
        bytesArray(rows.map((row) => row.sealed)),
      ]);
    },

    /** Keyset page by decision; `body` is null once the subject's key is destroyed. */
    async assessments(gate: string, after: string, limit: number): Promise<{ decision: string; body: unknown }[]> {
      const rows = await db.run(SELECT_ASSESSMENTS, [tenant, gate, after, limit]);
      const keys = await keysOf(
        keyStore,
        rows.map((row) => row.key_id),
      );
      return rows.map(({ decision, key_id, sealed }) => {
        const key = keys.get(key_id);
        if (!key) return { decision, body: null };
        const text = open(key, [tenant, 'assessment', gate, decision, key_id], sealed).toString('utf8');
        return { decision, body: JSON.parse(text) as unknown };
      });
    },
  };
}
