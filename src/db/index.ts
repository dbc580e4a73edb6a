/**
 * Postgres: the pool, the migrator with its plain .sql files, the statements, and the stores that implement the domains'
 * ports. It is not where anything is decided or proved: it holds bytes.
 */
export { openDatabase, DEFAULT_MAX_CONNECTIONS, type Db, type Queryable } from './database.js';
export { statement, type Statement } from './statement.js';
export { bytesArray, textArray, int8Array, int4Array, float8Array } from './arrays.js';
export { migrate, migrationStatus, type MigrationStatus } from './migrate.js';
export { createLedgerStore } from './ledger/ledgerStore.js';
export { createTenant } from './ledger/tenants.js';
export { createStores, type Stores } from './stores.js';
export {
  API_SCOPES,
  type ApiKeyBinding,
  type ApiKeyStore,
  type ApiScope,
  type ListedKey,
  type MintedKey,
  type MintRequest,
} from './apiKeys.js';
export { type AgentRow, type AgentStore } from './agents.js';
export { type CohortMember, type CohortStore } from './cohorts.js';
export { type NewRun, type RunPatch, type RunRow, type RunStatus, type RunStore } from './runs.js';
export { ReplayStore, type Batch, type BatchRequest, type ReplayStoreDeps } from './replayStore.js';
export { type ResultCount } from './results.js';
export { type StoredResult } from './sealedResult.js';
export { budgetStop, type Spent } from './budget.js';
export { type GatePatch, type GateRow, type GateStatus, type GateStore, type NewGate } from './gates.js';
export { type GateSealStore } from './gateSeals.js';
export { type ProfileStore } from './profiles.js';
export { type VectorStore } from './vectors.js';
