import { join } from 'node:path';
import { formatPolicy, formatRootVkey, parseVkey, toBase64, type RecordSigner } from '@tenet-ledger/record';
import { createLedgerStore, migrationStatus, openDatabase, type Db } from '../db/index.js';
import { AppError } from '../errors/index.js';
import { createLedger, type Sources, type TenantRow } from '../ledger/index.js';
import { FileKeyStore } from './fileKeyStore.js';
import { FileCheckpointSigner } from './fileSigner.js';
import { keyFile, readKeyFile, type KeyName } from './keyFiles.js';
import { createNodeSigner } from './nodeSigner.js';
import type { Platform } from './platform.js';
import { SealKeys } from './sealKeys.js';
import { systemSources } from './sources.js';

export interface PlatformOptions {
  /** A pool of the caller's, which it closes itself; or a URL. */
  readonly database: Db | string;
  readonly stateDir: string;
  readonly tenant: string;
  readonly maxConnections?: number;
  readonly sources?: Sources;
}

export const signerDir = (stateDir: string, tenant: string): string => join(stateDir, 'signer', tenant);
export const keyStoreFile = (stateDir: string): string => join(stateDir, 'keystore', 'subjects.keys');

/** For a tenant that `initTenant` set up. Starts nothing; throws before it holds anything open. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { database, maxConnections: max } = options;
  const own = typeof database === 'string' ? openDatabase(database, max === undefined ? {} : { max }) : null;
  const db = own ?? (database as Db);
  try {
    return await compose(options, db, own);
  } catch (error) {
    await own?.close();
    throw error;
  }
}

async function compose(options: PlatformOptions, db: Db, own: Db | null): Promise<Platform> {
  const { stateDir, tenant, sources = systemSources() } = options;
  await assertMigrated(db);
  const store = createLedgerStore(db, tenant);
  const row = await store.readTenant();
  if (!row) {
    throw new AppError('not_found', `the tenant ${tenant} is not set up in this database`, {
      fix: 'run `tenet dev` once',
    });
  }
  const need = (name: KeyName): Promise<Buffer> => requireKey(stateDir, tenant, name);
  const [platformKey, checkpointKey, tagKey] = await Promise.all([need('platform'), need('checkpoint'), need('tag')]);
  const sealKeys = await SealKeys.open(stateDir, tenant, sources.randomBytes);
  const rootSigner = await readRoot(stateDir, tenant, row);
  const signer = await FileCheckpointSigner.open({
    dir: signerDir(stateDir, tenant),
    origin: row.origin,
    secretKey: checkpointKey,
  });
  const recordSigner = createNodeSigner(platformKey);
  const keyStore = await FileKeyStore.open(keyStoreFile(stateDir), sources.randomBytes);
  const ledger = createLedger({ ...sources, store, tenant: row, keyStore, signer, recordSigner, rootSigner });
  return {
    tenant,
    log: row.log,
    origin: row.origin,
    vkey: signer.vkey,
    rootKey: row.rootKey,
    tagKey,
    sealKeys,
    get sealKey() {
      return sealKeys.current;
    },
    db,
    keyStore,
    ledger,
    policy: () => policyOf(row, signer.vkey),
    async close() {
      keyStore.close();
      await own?.close();
    },
  };
}

async function assertMigrated(db: Db): Promise<void> {
  const { pending } = await migrationStatus(db);
  if (pending.length === 0) return;
  throw new AppError('db.unavailable', `the database lacks ${pending.length} migrations: ${pending.join(', ')}`, {
    fix: 'run `tenet db migrate`',
  });
}

async function requireKey(stateDir: string, tenant: string, name: KeyName): Promise<Buffer> {
  const key = await readKeyFile(stateDir, tenant, name);
  if (key) return key;
  const path = keyFile(stateDir, tenant, name);
  throw new AppError('config.invalid', `the ${name} key of ${tenant} is not in ${path}`, {
    field: path,
    fix: 'give the state folder this tenant was set up with (--state-dir), or restore its keys',
  });
}

/** The root key may be kept elsewhere; one that is here must be this log's. */
async function readRoot(stateDir: string, tenant: string, row: TenantRow): Promise<RecordSigner | null> {
  const secret = await readKeyFile(stateDir, tenant, 'root');
  if (!secret) return null;
  const signer = createNodeSigner(secret);
  if (Buffer.compare(signer.publicKey, row.rootKey) === 0) return signer;
  throw new AppError(
    'config.invalid',
    `the root key in ${keyFile(stateDir, tenant, 'root')} is not that of ${row.log}`,
    {
      expected: toBase64(row.rootKey),
      got: toBase64(signer.publicKey),
      fix: 'the state folder belongs to another database: give the other one (--state-dir)',
    },
  );
}

function policyOf(row: TenantRow, vkey: string): string {
  return formatPolicy({
    logs: [{ key: parseVkey(vkey) }],
    roots: [parseVkey(formatRootVkey(row.log, row.rootKey))],
    witnesses: [],
    groups: [],
    quorum: 'none',
  });
}
