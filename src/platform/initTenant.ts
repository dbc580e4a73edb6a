import { createLedgerStore, createTenant, type Db } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { Sources, TenantRow } from '../ledger/index.js';
import { FileCheckpointSigner } from './fileSigner.js';
import { ensureKeyFile, readKeyFile } from './keyFiles.js';
import { createNodeSigner } from './nodeSigner.js';
import { openPlatform, signerDir } from './openPlatform.js';
import type { Platform } from './platform.js';
import { systemSources } from './sources.js';

export interface InitOptions {
  /** Migrated. Stays the caller's. */
  readonly db: Db;
  readonly stateDir: string;
  readonly tenant: string;
  /** Host part of log and origin. */
  readonly host: string;
  /** @default '1' */
  readonly epoch?: string;
  readonly sources?: Sources;
}

/**
 * Sets a tenant up, or finds it set up: keys, signer memory, rows, and the key entry of the platform as the first leaf.
 * Every step is kept and found again, so a crash anywhere is made good by the next call. Returns the open platform.
 */
export async function initTenant(options: InitOptions): Promise<Platform> {
  const { db, stateDir, tenant, sources = systemSources() } = options;
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(tenant)) {
    throw new AppError('config.invalid', `not a tenant name: ${tenant}`, {
      field: 'tenant',
      expected: 'lower case letters, digits and -, at most 63',
    });
  }
  const known = await createLedgerStore(db, tenant).readTenant();
  if (!known) await found(options, sources);
  else assertSameLog(known, options);
  const platform = await openPlatform({ database: db, stateDir, tenant, sources });
  try {
    const secret = await readKeyFile(stateDir, tenant, 'platform');
    if (!secret) throw new Error('the platform key vanished');
    await platform.ledger.enrolKey({ publicKey: createNodeSigner(secret).publicKey, role: 'platform' });
    return platform;
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** A log keeps its name: it stands in every entry. */
function assertSameLog({ log }: TenantRow, { host, tenant }: InitOptions): void {
  if (log === `${host}/${tenant}`) return;
  throw new AppError('config.invalid', `the tenant ${tenant} was set up as ${log}`, {
    field: 'log.host',
    expected: log.slice(0, -tenant.length - 1),
    got: host,
    fix: 'give the host the log was set up with, or another database',
  });
}

async function found({ db, stateDir, tenant, host, epoch = '1' }: InitOptions, sources: Sources): Promise<void> {
  const log = `${host}/${tenant}`;
  const origin = `${log}/${epoch}`;
  const make = (name: 'root' | 'platform' | 'checkpoint' | 'tag'): Promise<Buffer> =>
    ensureKeyFile(stateDir, tenant, name, sources.randomBytes);
  const root = createNodeSigner(await make('root'));
  await make('platform');
  await make('tag');
  const secretKey = await make('checkpoint');
  const signer = await FileCheckpointSigner.create({ dir: signerDir(stateDir, tenant), origin, secretKey });
  const head = await signer.head();
  if (head) {
    throw new AppError(
      'ledger.signer_ahead',
      `the signer has signed ${head.size} entries of ${origin}, the database has none`,
      {
        fix: 'this state folder belongs to another database: give that one, or a new state folder',
      },
    );
  }
  const row: TenantRow = { log, origin, rootKey: root.publicKey };
  await createTenant(db, tenant, row);
}
