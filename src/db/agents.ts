import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

export interface AgentRow {
  readonly agent: string;
  readonly digest: string;
  /** The `agent` entry in the log. */
  readonly entryId: string;
  readonly registeredAt: Date;
}

const AGENT_COLUMNS = { agent: 'text', digest: 'text', entry_id: 'text', registered_at: 'timestamptz' } as const;
type AgentSqlRow = RowOf<typeof AGENT_COLUMNS>;

export const SELECT_AGENT = statement(
  'select_agent',
  AGENT_COLUMNS,
  `select agent, digest, entry_id, registered_at from agents where tenant = $1 and agent = $2`,
);

export const LIST_AGENTS = statement(
  'list_agents',
  AGENT_COLUMNS,
  `select agent, digest, entry_id, registered_at from agents where tenant = $1 order by agent`,
);

export const INSERT_AGENT = statement(
  'insert_agent',
  {},
  `insert into agents (tenant, agent, digest, entry_id) values ($1, $2, $3, $4) on conflict do nothing`,
);

export type AgentStore = ReturnType<typeof createAgentStore>;

/** Registered agent versions of one tenant: the first digest of a version stays. */
export function createAgentStore(db: Db, tenant: string) {
  const get = async (agent: string): Promise<AgentRow | null> => {
    const [row] = await db.run(SELECT_AGENT, [tenant, agent]);
    return row ? agentOf(row) : null;
  };
  return {
    get,

    async list(): Promise<AgentRow[]> {
      return (await db.run(LIST_AGENTS, [tenant])).map(agentOf);
    },

    /** The row that is there afterwards, which may be an earlier one with another digest. */
    async insert(agent: string, digest: string, entryId: string): Promise<AgentRow> {
      await db.run(INSERT_AGENT, [tenant, agent, digest, entryId]);
      const row = await get(agent);
      if (!row) throw new Error(`agent ${agent} is missing right after its insert`);
      return row;
    },
  };
}

function agentOf(row: AgentSqlRow): AgentRow {
  return { agent: row.agent, digest: row.digest, entryId: row.entry_id, registeredAt: row.registered_at };
}
