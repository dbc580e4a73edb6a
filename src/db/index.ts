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
