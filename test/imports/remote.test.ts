import { createServer, type Server } from 'node:http';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStores } from '../../src/db/index.js';
import {
  createChainSink,
  createImporter,
  openImportFile,
  parseMapping,
  remoteDoor,
  runImport,
  type ChainSink,
} from '../../src/imports/index.js';
import { jointVerifySync } from '../../src/ledger/index.js';
import { systemSources } from '../../src/platform/index.js';
import { reportProducer } from '../../src/producers/index.js';
import { newProducer, openApi, type ApiFixture } from '../api/support.js';
import { listening } from '../otel/support.js';
import { sequenceAll } from '../support/ledger.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { AT } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let url: string;
let folder: string;
beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  url = await listening(acme.app);
  folder = mkdtempSync(join(tmpdir(), 'tenet-remote-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await acme.app.close();
  await database.drop();
});

async function sinkAt(endpoint: string, more: { attempts?: number } = {}): Promise<ChainSink> {
  const { apiKey, signer } = await newProducer(acme);
  const { log, vkey } = acme.platform;
  const door = remoteDoor({ endpoint, apiKey, vkey, verify: jointVerifySync, wait: () => Promise.resolve(), ...more });
  return createChainSink({ ...systemSources(), door, log, signer, name: 'import/jsonl' });
}

const MAPPING = 'version: 1\nagent: scorer\nagentVersion: "1.0"\ntype: score\noutcome: /out\nkey: /id\n';

async function run(sink: ChainSink, session: string, from: number, to: number) {
  const path = join(folder, `${session}.jsonl`);
  const ids = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  writeFileSync(path, ids.map((id) => `${JSON.stringify({ id, out: 'ok' })}\n`).join(''));
  const importer = createImporter('jsonl', { mapping: parseMapping(MAPPING, 'm'), session, occurredAt: AT });
  const { counts } = await runImport({
    items: importer.items(await openImportFile(path), null),
    convert: (value) => importer.convert(value),
    context: { tenant: 'acme', sdk: importer.sdk, tagKey: new Uint8Array(32) },
    sink,
    maxErrors: 0,
    batch: 10,
  });
  await sink.close(session);
  return counts;
}

async function reportOf({ producer }: ChainSink) {
  await sequenceAll(acme.platform.ledger);
  const stores = createStores(acme.platform);
  const [row] = await stores.producers.list({ producer, session: null, agent: null, limit: 1 });
  return reportProducer({ store: stores.producers, ledger: acme.platform.ledger }, row!);
}

test('what another import recorded is a duplicate, and the chain over it is complete', async () => {
  expect(await run(await sinkAt(url), 'remote', 1, 15)).toMatchObject({ recorded: 15, duplicates: 0 });
  const again = await sinkAt(url);
  expect(await run(again, 'remote', 5, 25)).toMatchObject({ recorded: 10, duplicates: 11 });
  expect(await reportOf(again)).toMatchObject({ verdict: 'complete', entries: 11, duplicates: 11, missing: 0 });
});

/** Before the platform: the first answer of each kind is lost, after the platform had it. */
async function flaky(): Promise<{ url: string; server: Server }> {
  let seen = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen += 1;
      const turn = seen;
      if (turn === 1) return void response.writeHead(503, { 'retry-after': '0' }).end();
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const forwarded = fetch(`${url}${request.url}`, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
      });
      void forwarded.then(async (answer) => {
        const text = await answer.text();
        if (turn === 2) request.socket.destroy();
        else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test('an answer that is lost is asked for again, and nothing is recorded twice or missing', async () => {
  const between = await flaky();
  const sink = await sinkAt(between.url);
  await run(sink, 'flaky', 1, 20);
  between.server.close();
  expect((await acme.platform.ledger.listDecisions({ session: 'flaky', limit: 100 })).ids).toHaveLength(20);
  expect(await reportOf(sink)).toMatchObject({ verdict: 'complete', entries: 21, duplicates: 0, missing: 0 });
});

test('a platform that is not there ends the import, and says how to go on', async () => {
  await expect(run(await sinkAt('http://127.0.0.1:9', { attempts: 2 }), 'down', 1, 3)).rejects.toMatchObject({
    code: 'api.unavailable',
    details: { fix: 'run the same command again when it does: it goes on where it ended' },
  });
});
