import { join } from 'node:path';
import { toBase64 } from '@tenet-ledger/record';
import { ensureKeyFile } from '@tenet-ledger/ghost';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openApi, type ApiFixture } from '../api/support.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { killMany, killOptions, passTheMinute, spooledIds } from './support/killed.js';
import { filesIn, Pipes } from './support/pipelines.js';

const KILLS = 4;

let database: TestDatabase;
let api: ApiFixture;
const pipes = new Pipes();
beforeAll(async () => {
  database = await testDatabase();
  api = await openApi(database.db, 'acme');
});
afterAll(async () => {
  pipes.clear();
  await api.app.close();
  await database.drop();
});

interface Row {
  readonly id: string;
  readonly producer: string;
  readonly seq: string;
}

it(`what ${KILLS} killed processes had spooled is in the ledger, each record once and each chain whole`, async () => {
  const { app, platform, stores } = api;
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  const keyFile = join(pipes.dir(), 'key.pem');
  const signer = ensureKeyFile(keyFile);
  const { kid } = await platform.ledger.enrolKey({ publicKey: signer.publicKey, role: 'producer' });
  const { apiKey } = await stores.apiKeys.mint({ scopes: ['write'], label: 'producer', kid });
  const sealKey = { kid: platform.sealKey.kid, publicKey: toBase64(platform.sealKey.publicKey) };
  const dir = pipes.dir();
  const killed = await killMany(KILLS, dir, (run) =>
    killOptions({
      keyFile,
      endpoint,
      apiKey,
      log: platform.log,
      dir,
      run,
      sealKey: run % 2 === 0 ? sealKey : undefined,
    }),
  );
  passTheMinute(dir);
  const { problems } = pipes.make(endpoint, { signer, apiKey, log: platform.log, spool: { dir } });
  await expect.poll(() => filesIn(dir), { timeout: 20_000, interval: 100 }).toEqual({});

  const rows = (await database.db.sql(
    'select id, producer, seq from entries where tenant = $1 and kid = $2 order by producer, seq',
    ['acme', kid],
  )) as unknown as readonly Row[];
  const ids = new Set(rows.map(({ id }) => id));
  expect(ids.size).toBe(rows.length);
  expect(spooledIds(killed).filter((id) => !ids.has(id))).toEqual([]);
  const chains = new Map<string, number[]>();
  for (const { producer, seq } of rows) chains.set(producer, [...(chains.get(producer) ?? []), Number(seq)]);
  expect(chains.size).toBe(KILLS);
  for (const chain of chains.values()) expect(chain).toEqual(chain.map((_, i) => i + 1));
  expect(problems).toEqual([]);
}, 60_000);
