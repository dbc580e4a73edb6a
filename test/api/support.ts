import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  flattenRecord,
  makeDisclosure,
  signEntry,
  type DecisionRecord,
  type Entry,
  type RecordSigner,
  type Submission,
} from '@tenet-ledger/record';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { createApi, type ApiOptions } from '../../src/api/index.js';
import { createStores, type Db } from '../../src/db/index.js';
import { createNodeSigner, initTenant } from '../../src/platform/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

export const newSigner = (): RecordSigner => createNodeSigner(randomBytes(32));

/** A server in process, its stores and everything it logged. */
export async function openApi(db: Db, tenant: string, options: Omit<ApiOptions, 'logger'> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'tenet-test-api-'));
  const platform = await initTenant({ db, stateDir, tenant, host: 'ledger.test' });
  const logged: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const stores = createStores(platform);
  const app = createApi(platform, stores, { logger, ...options });
  app.addHook('onClose', async () => {
    await platform.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  await app.ready();
  return { app, platform, stores, logged, stateDir };
}
/** One server for all tests of a file; it is there within tests and hooks. */
export function useApi(options: Omit<ApiOptions, 'logger'> = {}): ApiFixture & { readonly database: TestDatabase } {
  let database: TestDatabase;
  let opened: ApiFixture;
  beforeAll(async () => {
    database = await testDatabase();
    opened = await openApi(database.db, 'acme', options);
  });
  afterAll(async () => {
    await opened.app.close();
    await database.drop();
  });
  return {
    get app() {
      return opened.app;
    },
    get platform() {
      return opened.platform;
    },
    get stores() {
      return opened.stores;
    },
    get logged() {
      return opened.logged;
    },
    get stateDir() {
      return opened.stateDir;
    },
    get database() {
      return database;
    },
  };
}

export type ApiFixture = Awaited<ReturnType<typeof openApi>>;

/** A producer whose record key is in the log, with an API key bound to it. */
export async function newProducer({ platform, stores }: ApiFixture) {
  const signer = newSigner();
  const { kid } = await platform.ledger.enrolKey({ publicKey: signer.publicKey, role: 'producer' });
  const { apiKey } = await stores.apiKeys.mint({ scopes: ['write'], label: 'producer', kid });
  const id = `prod_${randomBytes(6).toString('hex')}`;
  let chain: { seq: number; prev?: string } = { seq: 1 };
  const submit = (decision: string, record: Partial<DecisionRecord> = {}, more: Partial<Entry> = {}): Submission => {
    const fields = flattenRecord(decisionRecord(record)).map(({ path, value }) => ({
      path,
      ...makeDisclosure(path, value, randomBytes(16)),
    }));
    const entry: Entry = {
      v: 1,
      log: platform.log,
      kind: 'decision',
      type: 'loan.approve',
      id: decision,
      agent: 'underwriter@1.0.0',
      links: [],
      producer: { id, kid, ...chain },
      occurred_at: '2026-11-24T10:00:00.000Z',
      fields: Object.fromEntries(fields.map(({ path, digest }) => [path, digest])),
      ...more,
    };
    const { leaf, sHash } = signEntry(entry, signer);
    chain = { seq: chain.seq + 1, prev: sHash };
    return { leaf, disclosures: fields.map(({ disclosure }) => disclosure) };
  };
  return { apiKey, kid, signer, submit };
}
export type Producer = Awaited<ReturnType<typeof newProducer>>;

export function decisionRecord(over: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    intent: { goal: 'decide a loan', origin: 'human', session: 'ses_1' },
    context: { inputs: { amount: 4870, purpose: 'car' } },
    reasoning: ['the recorded reason', 'savings are high'],
    alternatives: [{ action: 'reject', score: 0.2 }],
    decision: { outcome: 'approved', confidence: 0.9 },
    provenance: { agent: 'underwriter', version: '1.0.0', sdk: 'ghost/0.1.0' },
    tape: [],
    grade: { grade: 'A', reasons: [] },
    ...over,
  };
}

export const ndjson = (items: readonly unknown[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

export function postNdjson(
  { app }: ApiFixture,
  url: string,
  apiKey: string | undefined,
  payload: string | Buffer,
  headers = {},
) {
  return app.inject({
    method: 'POST',
    url,
    payload,
    headers: {
      'content-type': 'application/x-ndjson',
      ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
      ...headers,
    },
  });
}
