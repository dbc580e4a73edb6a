import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi, createLogger } from '../../src/api/index.js';
import { createStores } from '../../src/db/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { caller, newKey } from './readSupport.js';
import { openApi, type ApiFixture } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let admin: ReturnType<typeof caller>;
let adminKey: string;
interface Minted {
  readonly apiKey: string;
  readonly ref: string;
}
interface Listed {
  readonly ref: string;
  readonly label: string;
  readonly expiresAt: string | null;
  readonly replaces: string | null;
}

beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  adminKey = await newKey(acme, ['admin']);
  admin = caller(acme, adminKey);
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

const mint = async (body: object): Promise<Minted> => (await admin.post<Minted>('/api/v1/keys', body)).body;
const list = async (): Promise<Listed[]> => (await admin.get<{ keys: Listed[] }>('/api/v1/keys')).body.keys;
const works = async (apiKey: string): Promise<boolean> =>
  (await caller(acme, apiKey).get('/api/v1/decisions')).status === 200;

describe('API keys', () => {
  it('are minted, shown once and listed without their text', async () => {
    const { apiKey, ref } = await mint({ scopes: ['read', 'gate'], label: 'auditor', fields: ['/decision'] });
    expect(await works(apiKey)).toBe(true);
    const keys = await list();
    expect(keys.find((key) => key.ref === ref)).toMatchObject({
      label: 'auditor',
      fields: ['/decision'],
      expiresAt: null,
    });
    expect(JSON.stringify(keys)).not.toContain(apiKey);
    const [row] = await database.db.sql('select count(*)::int as n from api_keys where api_keys::text like $1', [
      `%${apiKey.slice(4)}%`,
    ]);
    expect(row?.['n']).toBe(0);
  });

  it('rotate with an overlap: both work, then the new one alone', async () => {
    const old = await mint({ scopes: ['read'], label: 'rotating' });
    const next = (await admin.post<Minted>(`/api/v1/keys/${old.ref}/rotate`, { overlapSeconds: 1 })).body;
    expect([await works(old.apiKey), await works(next.apiKey)]).toEqual([true, true]);
    expect((await list()).find((key) => key.ref === next.ref)).toMatchObject({ label: 'rotating', replaces: old.ref });
    await database.db.sql(
      `update api_keys set expires_at = now() - interval '1 s' where expires_at < now() + interval '1 h'`,
    );
    // A server that has not seen the old key, as any has not after three seconds.
    const other = createApi(acme.platform, createStores(acme.platform), { logger: createLogger('silent') });
    const seen = async (apiKey: string): Promise<number> =>
      (await caller({ app: other }, apiKey).get('/api/v1/decisions')).status;
    expect([await seen(old.apiKey), await seen(next.apiKey)]).toEqual([401, 200]);
    await other.close();
  });

  it('rotate at once where there is no overlap, and once: of four rotations at a time one has a successor', async () => {
    const old = await mint({ scopes: ['read'], label: 'leaked' });
    const rotate = () => admin.post<Minted>(`/api/v1/keys/${old.ref}/rotate`, { overlapSeconds: 0 });
    const answers = await Promise.all([rotate(), rotate(), rotate(), rotate()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
    expect(await works(old.apiKey)).toBe(false);
    expect((await list()).filter(({ replaces }) => replaces === old.ref)).toHaveLength(1);
    // A rotated key keeps the earlier of its two ends.
    const short = await mint({ scopes: ['read'], label: 'short', expiresAt: '2030-01-01T00:00:00Z' });
    await admin.post(`/api/v1/keys/${short.ref}/rotate`, { overlapSeconds: 60 });
    const { expiresAt } = (await list()).find(({ ref }) => ref === short.ref)!;
    expect(Date.parse(expiresAt!)).toBeLessThan(Date.now() + 61_000);
  });

  it('end when they are revoked', async () => {
    const { apiKey, ref } = await mint({ scopes: ['read'], label: 'gone' });
    expect((await admin.remove(`/api/v1/keys/${ref}`)).status).toBe(200);
    expect(await works(apiKey)).toBe(false);
    expect((await admin.remove(`/api/v1/keys/${ref}`)).status).toBe(404);
    expect((await admin.post(`/api/v1/keys/${ref}/rotate`, {})).status).toBe(404);
  });

  it.each([
    [{ scopes: [], label: 'x' }, '/scopes'],
    [{ scopes: ['all'], label: 'x' }, '/scopes/0'],
    [{ scopes: ['read'] }, '/label'],
    [{ scopes: ['read'], label: 'x', fields: ['outcome'] }, '/fields/0'],
    [{ scopes: ['read'], label: 'x', expiresAt: 'soon' }, '/expiresAt'],
    [{ scopes: ['replay'], label: 'x' }, '/agent'],
    [{ scopes: ['read'], label: 'x', admin: true }, '/admin'],
  ])('are not minted from %j', async (body, field) => {
    const { status, body: problem } = await admin.post('/api/v1/keys', body);
    expect([status, problem]).toMatchObject([400, { code: 'input.invalid', field }]);
  });

  it('are the business of admins', async () => {
    const reader = caller(acme, await newKey(acme, ['read', 'write', 'gate']));
    const answers = [
      await reader.post('/api/v1/keys', { scopes: ['admin'], label: 'mine' }),
      await reader.get('/api/v1/keys'),
      await reader.remove('/api/v1/keys/000000000000'),
    ];
    for (const { status, body } of answers) expect([status, body]).toMatchObject([403, { code: 'auth.forbidden' }]);
  });
});

describe('GET /platform', () => {
  it('tells any key what to seal to and what fits', async () => {
    const { body } = await caller(acme, await newKey(acme, ['gate'])).get('/api/v1/platform');
    expect(body).toMatchObject({
      tenant: 'acme',
      vkey: acme.platform.vkey,
      sealKey: { kid: expect.stringMatching(/^s_[0-9A-Z]{26}$/) as unknown },
      limits: { recordsBytes: 8 * 1024 * 1024, lineBytes: 1024 * 1024, depth: 32 },
    });
    expect((await acme.app.inject({ url: '/api/v1/platform' })).statusCode).toBe(401);
  });
});

describe('gates', () => {
  it('are told to the scope gate, without values', async () => {
    await acme.stores.gates.save({ id: 'gate_1', policy: { secret: 'no' }, candidate: 'a@2', baseline: 'a@1' });
    const gates = caller(acme, await newKey(acme, ['gate']));
    const { body } = await gates.get('/api/v1/gates/gate_1');
    expect(body).toMatchObject({ id: 'gate_1', status: 'pending', candidate: 'a@2' });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await gates.get<{ gates: object[] }>('/api/v1/gates')).body.gates).toHaveLength(1);
    expect((await gates.get('/api/v1/gates/gate_2')).status).toBe(404);
    expect((await caller(acme, await newKey(acme, ['read'])).get('/api/v1/gates')).status).toBe(403);
  });
});
