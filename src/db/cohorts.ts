import { canonicalize } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import type { CohortManifest } from '../replay/index.js';
import { textArray } from './arrays.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

export interface CohortMember {
  /** 1..size, the order in which the cohort was frozen. */
  readonly ord: number;
  readonly decision: string;
  readonly stratum: string;
}

export const INSERT_COHORT = statement(
  'insert_cohort',
  { id: 'text' },
  `insert into cohorts (tenant, id, manifest) values ($1, $2, $3) on conflict do nothing returning id`,
);

export const INSERT_COHORT_MEMBERS = statement(
  'insert_cohort_members',
  {},
  `insert into cohort_members (tenant, cohort, ord, decision, stratum)
   select $1, $2, m.ord, m.decision, m.stratum
   from unnest($3::text[], $4::text[]) with ordinality as m (decision, stratum, ord)`,
);

export const SELECT_COHORT = statement(
  'select_cohort',
  { manifest: 'jsonb' },
  `select manifest from cohorts where tenant = $1 and id = $2`,
);

export const SELECT_COHORT_MEMBERS = statement(
  'select_cohort_members',
  { ord: 'int4', decision: 'text', stratum: 'text' },
  `select ord, decision, stratum from cohort_members
   where tenant = $1 and cohort = $2 and ord > $3
   order by ord limit $4`,
);

export type CohortStore = ReturnType<typeof createCohortStore>;

/** Frozen cohorts of one tenant. */
export function createCohortStore(db: Db, tenant: string) {
  const get = async (id: string): Promise<CohortManifest | null> => {
    const [row] = await db.run(SELECT_COHORT, [tenant, id]);
    return row ? (row.manifest as CohortManifest) : null;
  };
  return {
    get,

    /** Writes all or nothing; the same cohort again is left alone, another one under its id is refused. */
    async save(
      manifest: CohortManifest,
      members: readonly { readonly decision: string; readonly stratum: string }[],
    ): Promise<void> {
      if (members.length !== manifest.size) {
        throw new AppError('input.invalid', 'the cohort manifest states another size than it has members', {
          field: '/size',
          expected: String(members.length),
          got: String(manifest.size),
        });
      }
      await db.transaction(async (tx) => {
        const inserted = await tx.run(INSERT_COHORT, [tenant, manifest.id, manifest]);
        if (inserted.length === 0) return;
        const decisions = members.map((member) => member.decision);
        const strata = members.map((member) => member.stratum);
        await tx.run(INSERT_COHORT_MEMBERS, [tenant, manifest.id, textArray(decisions), textArray(strata)]);
      });
      const stored = await get(manifest.id);
      if (!stored || canonicalize(stored) !== canonicalize(manifest)) {
        throw new AppError('input.invalid', `cohort ${manifest.id} exists with other content`, { field: '/id' });
      }
    },

    /** Keyset page in frozen order. */
    async members(id: string, after: number, limit: number): Promise<CohortMember[]> {
      return db.run(SELECT_COHORT_MEMBERS, [tenant, id, after, limit]);
    },
  };
}
