import type { DeploymentStore } from '../gate/index.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

/** $2 a bare agent name, or null for all. */
export const DECIDING_VERSIONS = statement(
  'deciding_versions',
  {
    agent: 'text',
    decisions: 'int8',
    first_at: 'timestamptz',
    last_at: 'timestamptz',
    first_accepted_at: 'timestamptz',
  },
  `select agent, count(*) as decisions, min(occurred_at) as first_at, max(occurred_at) as last_at,
          min(accepted_at) as first_accepted_at
   from entries
   where tenant = $1 and kind = 'decision' and ($2::text is null or starts_with(agent, $2 || '@'))
   group by agent order by min(occurred_at), agent`,
);

/** Which versions decided anything, as the index of entries has it. */
export function createDeploymentStore(db: Db, tenant: string): DeploymentStore {
  return {
    versions: async (agent) =>
      (await db.run(DECIDING_VERSIONS, [tenant, agent])).map((row) => ({
        version: row.agent,
        decisions: row.decisions,
        firstAt: row.first_at,
        lastAt: row.last_at,
        firstAcceptedAt: row.first_accepted_at,
      })),
  };
}
