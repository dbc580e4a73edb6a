import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  discloseFields,
  signEntry,
  type Entry,
  type Field,
  type RecordSigner,
  type Submission,
} from '@tenet-ledger/record';
import { createLedgerStore } from '../../src/db/index.js';
import {
  createLedger,
  type CheckpointSigner,
  type KeyStore,
  type LedgerService,
  type LedgerStore,
} from '../../src/ledger/index.js';
import {
  createNodeSigner,
  FileCheckpointSigner,
  initTenant,
  readKeyFile,
  signerDir,
  systemSources,
  type Platform,
} from '../../src/platform/index.js';
import { testDatabase, type TestDatabase } from './postgres.js';

export const TENANT = 'acme';
export const LOG = `test.localhost/${TENANT}`;

export interface TestLedger {
  readonly database: TestDatabase;
  readonly stateDir: string;
  readonly platform: Platform;
  readonly ledger: LedgerService;
  readonly store: LedgerStore;
  /** A ledger over the same files with parts replaced, to make them fail. */
  with(parts: {
    readonly store?: Partial<LedgerStore>;
    readonly signer?: CheckpointSigner;
    readonly keyStore?: KeyStore;
  }): LedgerService;
  signer(): Promise<FileCheckpointSigner>;
  /** Enrolled, with a chain of its own. */
  producer(seed?: number): Promise<TestProducer>;
  drop(): Promise<void>;
}

export async function testLedger(): Promise<TestLedger> {
  const database = await testDatabase();
  const stateDir = mkdtempSync(join(tmpdir(), 'tenet-test-state-'));
  const platform = await initTenant({ db: database.db, stateDir, tenant: TENANT, host: 'test.localhost' });
  const read = async (name: 'platform' | 'checkpoint' | 'root'): Promise<Buffer> => {
    const key = await readKeyFile(stateDir, TENANT, name);
    if (!key) throw new Error(`no ${name} key`);
    return key;
  };
  const [platformKey, checkpointKey, rootKey] = [await read('platform'), await read('checkpoint'), await read('root')];
  const signer = (): Promise<FileCheckpointSigner> =>
    FileCheckpointSigner.open({ dir: signerDir(stateDir, TENANT), origin: platform.origin, secretKey: checkpointKey });
  const fileSigner = await signer();
  const store = createLedgerStore(database.db, TENANT);
  return {
    database,
    stateDir,
    platform,
    ledger: platform.ledger,
    store,
    signer,
    with: (parts) =>
      createLedger({
        ...systemSources(),
        store: { ...store, ...parts.store },
        signer: parts.signer ?? fileSigner,
        tenant: { log: platform.log, origin: platform.origin, rootKey: platform.rootKey },
        keyStore: parts.keyStore ?? platform.keyStore,
        recordSigner: createNodeSigner(platformKey),
        rootSigner: createNodeSigner(rootKey),
      }),
    async producer(seed = 1) {
      const signer = testSigner(seed);
      await platform.ledger.enrolKey({ publicKey: signer.publicKey, role: 'producer' });
      return new TestProducer(signer, `prd_${seed}`);
    },
    async drop() {
      await platform.close();
      await database.drop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

export const testSigner = (seed: number): RecordSigner =>
  createNodeSigner(createHash('sha256').update(`test key ${seed}`).digest());

export interface RecordOptions {
  readonly id?: string;
  readonly fields?: readonly Field[];
  readonly subject?: string;
  readonly session?: string;
  readonly kind?: Entry['kind'];
  readonly type?: string;
  readonly agent?: string;
  readonly log?: string;
  readonly seq?: number;
  readonly prev?: string;
  readonly after?: Entry['after'];
  readonly occurredAt?: string;
  readonly links?: Entry['links'];
}

/** Signs records like an agent's process does. Salts are counted up, so runs are repeatable. */
export class TestProducer {
  readonly signer: RecordSigner;
  readonly id: string;
  seq = 0;
  prev: string | undefined;
  #salt = 0;

  constructor(signer: RecordSigner, id: string) {
    this.signer = signer;
    this.id = id;
  }

  get kid(): string {
    return this.signer.keyId;
  }

  /** Next in the chain, unless the options say otherwise; then the chain stays where it is. */
  record(options: RecordOptions = {}): Submission & { readonly id: string } {
    const { seq = this.seq + 1, prev = this.prev } = options;
    const salt = (): Uint8Array =>
      createHash('sha256')
        .update(`${this.id} ${(this.#salt += 1)}`)
        .digest()
        .subarray(0, 16);
    const { fields, disclosures } = discloseFields(options.fields ?? defaultFields(options.session), salt);
    const entry: Entry = {
      v: 1,
      log: options.log ?? LOG,
      kind: options.kind ?? 'decision',
      type: options.type ?? 'loan.approve',
      id: options.id ?? `dec_${this.id}_${seq}`,
      agent: options.agent ?? 'underwriter@1.0.0',
      links: options.links ?? [],
      producer: { id: this.id, kid: this.kid, seq, ...(seq > 1 && prev !== undefined ? { prev } : {}) },
      occurred_at: options.occurredAt ?? new Date(Date.UTC(2026, 0, 1) + seq).toISOString(),
      ...(options.after ? { after: options.after } : {}),
      ...(options.subject === undefined ? {} : { subject: options.subject }),
      fields,
    };
    const signed = signEntry(entry, this.signer);
    if (options.seq === undefined) {
      this.seq = seq;
      this.prev = signed.sHash;
    }
    return { id: entry.id, leaf: signed.leaf, disclosures };
  }

  records(count: number, options: RecordOptions = {}): (Submission & { readonly id: string })[] {
    return Array.from({ length: count }, () => this.record(options));
  }
}

function defaultFields(session = 'ses_1'): Field[] {
  return [
    { path: '/intent/goal', value: 'decide on a loan' },
    { path: '/intent/session', value: session },
    { path: '/context/inputs', value: { amount: 1200, duration: 24 } },
    { path: '/reasoning/0', value: 'the instalment is below a third of the income' },
    { path: '/decision/outcome', value: 'approve' },
  ];
}

export async function sequenceAll(ledger: LedgerService): Promise<void> {
  while ((await ledger.sequenceOnce()) > 0);
}
