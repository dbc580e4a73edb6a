import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeHeader,
  encodePosted,
  headerDigestOf,
  SPOOL_CONTENT_TYPE,
  segmentSealer,
  type SealTo,
} from '@tenet-ledger/ghost/spool';
import { done, startRun } from '../db/replaySupport.js';
import { registerAgent } from '../../src/api/index.js';
import { rotateSealKey, SealKeys } from '../../src/platform/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { ndjson, newProducer, openApi, postNdjson, type ApiFixture, type Producer } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let producer: Producer;
const URL = '/api/v1/records';
interface Answer {
  readonly results: readonly { line: number; id: string; status: string; code?: string }[];
  readonly code?: string;
}

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  producer = await newProducer(acme);
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

let made = 0;
const lines = (count: number): Buffer[] =>
  Array.from({ length: count }, () => Buffer.from(JSON.stringify(producer.submit(`dec_${(made += 1)}`))));

/** A segment's frames as a spool posts them, and the places of the records in them. */
function posted(records: readonly Buffer[], to: SealTo | null = acme.platform.sealKey): Buffer {
  const sealer = to && segmentSealer(to);
  const header = encodeHeader({
    created: '2026-11-24T10:00:00.000Z',
    format: 1,
    kid: producer.kid,
    log: acme.platform.log,
    producer: 'prd_1',
    seal: sealer?.seal ?? null,
    segment: 1,
  });
  const frames = records.map((line, at) => ({
    index: at + 1,
    bytes: sealer ? sealer.sealFrame(at + 1, headerDigestOf(header), line) : line,
  }));
  return encodePosted(header, frames);
}

const post = async (body: Buffer, headers: Record<string, string> = {}) => {
  const response = await postNdjson(acme, URL, producer.apiKey, body, {
    'content-type': SPOOL_CONTENT_TYPE,
    ...headers,
  });
  return { status: response.statusCode, body: response.json<Answer>() };
};
const statuses = ({ body }: { body: Answer }) => body.results.map(({ line, id, status }) => `${line} ${id} ${status}`);

describe('records out of a spool', () => {
  it.each(['sealed to the platform', 'not sealed', 'sealed and zipped'])('are taken in order: %s', async (how) => {
    const first = made + 1;
    const records = [...lines(2), Buffer.from('{"leaf": 7}'), ...lines(1)];
    const body = posted(records, how === 'not sealed' ? null : acme.platform.sealKey);
    const zipped = how.endsWith('zipped');
    const answer = await post(zipped ? gzipSync(body) : body, zipped ? { 'content-encoding': 'gzip' } : {});
    expect(statuses(answer)).toEqual([
      `1 dec_${first} accepted`,
      `2 dec_${first + 1} accepted`,
      '3  refused',
      `4 dec_${first + 2} accepted`,
    ]);
    expect(statuses(await post(body)).filter((status) => status.endsWith('duplicate'))).toHaveLength(3);
  });

  it('sealed to a key that is not ours are refused whole, for good', async () => {
    const other = await openApi(database.db, 'other');
    const { status, body } = await post(posted(lines(1), other.platform.sealKey));
    expect([status, body]).toMatchObject([410, { code: 'spool.seal_key_unknown' }]);
    await other.app.close();
  });

  it('are never stored half, and never answered 500, whatever is done to the bytes', async () => {
    const whole = posted(lines(2));
    const count = async (): Promise<unknown> => (await database.db.sql(`select count(*) as n from entries`))[0]?.['n'];
    const before = await count();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, cut) => {
          const bytes = Buffer.from(whole);
          bytes[at] = bytes[at]! ^ flip;
          const { status, body } = await post(cut ? whole.subarray(0, at) : bytes);
          // A cut at the end of a frame leaves a sound body of fewer records.
          if (status === 200) {
            for (const { status: one, code } of body.results) expect([one, code]).not.toEqual(['refused', 'internal']);
          } else expect([400, 410]).toContain(status);
        },
      ),
      { numRuns: 60 },
    );
    expect(Number(await count()) - Number(before)).toBeLessThanOrEqual(2);
  });

  it('keep the limits of a line and of their number', async () => {
    const large = Buffer.from(JSON.stringify({ leaf: 'x'.repeat(1024 * 1024), disclosures: [] }));
    const { body } = await post(posted([large]));
    expect(body.results).toMatchObject([{ status: 'refused', code: 'input.too_large' }]);
    const many = await post(
      posted(
        Array.from({ length: 5_001 }, () => Buffer.from('1')),
        null,
      ),
    );
    expect([many.status, many.body.code]).toEqual([413, 'input.too_large']);
    expect((await post(posted([]))).body.code).toBe('spool.invalid');
  });
});

describe('zipped lines', () => {
  it('are taken as records and as results', async () => {
    const zip = { 'content-encoding': 'gzip' };
    const item = producer.submit('dec_zipped');
    const taken = await postNdjson(acme, URL, producer.apiKey, gzipSync(ndjson([item])), zip);
    expect(taken.json<Answer>().results).toMatchObject([{ id: 'dec_zipped', status: 'accepted' }]);
    const digest = 'a'.repeat(64);
    const { token } = await registerAgent(acme.platform, acme.stores, { agent: 'underwriter@1.1.0', digest });
    const { id } = await startRun({ stores: acme.stores, tenant: 'acme' }, ['dec_zipped']);
    const door = `/api/v1/replay/${id}/results?lane=candidate&repeat=1`;
    const stored = await postNdjson(acme, door, token, gzipSync(ndjson([done('dec_zipped')])), zip);
    expect([stored.statusCode, stored.json()]).toMatchObject([200, { stored: 1 }]);
  });

  it('nested too deeply are refused one by one: a record with its line, a result as an invalid row', async () => {
    const deep = `${'['.repeat(40)}${randomBytes(2).readUInt16BE()}${']'.repeat(40)}`;
    const answer = await postNdjson(acme, URL, producer.apiKey, `{"leaf":"x","disclosures":[],"more":${deep}}\n`);
    expect(answer.json<Answer>().results).toMatchObject([{ status: 'refused', code: 'input.too_deep' }]);
    await postNdjson(acme, URL, producer.apiKey, ndjson(['dec_deep', 'dec_large'].map((id) => producer.submit(id))));
    const { token } = await registerAgent(acme.platform, acme.stores, {
      agent: 'underwriter@1.1.0',
      digest: 'a'.repeat(64),
    });
    const run = await startRun({ stores: acme.stores, tenant: 'acme' }, ['dec_deep', 'dec_large']);
    const door = `/api/v1/replay/${run.id}/results?lane=candidate&repeat=1`;
    const line = JSON.stringify({ ...done('dec_deep'), findings: ['@'] }).replace('"@"', deep);
    const large = JSON.stringify({ ...done('dec_large'), reasoning: ['x'.repeat(1024 * 1024)] });
    const stored = await postNdjson(acme, door, token, `${line}\n${large}\n`);
    expect([stored.statusCode, stored.json()]).toMatchObject([200, { stored: 2 }]);
    const rows = await database.db.sql('select decision, status from replay_results where run = $1 order by 1', [
      run.id,
    ]);
    expect(rows).toEqual([
      { decision: 'dec_deep', status: 'invalid' },
      { decision: 'dec_large', status: 'invalid' },
    ]);
  });
});

describe('a seal key that is rotated', () => {
  it('opens no less than before, and a running server gives out the new one', async () => {
    const before = acme.platform.sealKey;
    const { from, to } = await rotateSealKey(acme.stateDir, 'acme');
    expect(from).toBe(before.kid);
    await rotateSealKey(acme.stateDir, 'acme');
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const { apiKey } = await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'any' });
    const told = await acme.app.inject({ url: '/api/v1/platform', headers: { 'x-api-key': apiKey } });
    const kid = told.json<{ sealKey: { kid: string } }>().sealKey.kid;
    expect([before.kid, to]).not.toContain(kid);
    const keys = await SealKeys.open(acme.stateDir, 'acme');
    expect(keys.all.map((key) => key.kid)).toEqual([kid, ...[before.kid, to].sort()]);
    for (const key of keys.all)
      expect(statuses(await post(posted(lines(1), key)))).toEqual([expect.stringMatching(/accepted$/)]);
    const folder = join(acme.stateDir, 'keys', 'acme');
    const modes = readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
    expect(new Set(modes)).toEqual(new Set(['600']));
  });

  it('is in force whole or not at all, however many rotate at once', async () => {
    const rotations = await Promise.all(Array.from({ length: 6 }, () => rotateSealKey(acme.stateDir, 'acme')));
    const keys = await SealKeys.open(acme.stateDir, 'acme');
    expect(rotations.map(({ to }) => to)).toContain(keys.current.kid);
    for (const { from, to } of rotations) expect([keys.byKid(from), keys.byKid(to)]).not.toContain(undefined);
    expect(readdirSync(join(acme.stateDir, 'keys', 'acme')).filter((name) => !name.endsWith('.key'))).toEqual([]);
  });
});
