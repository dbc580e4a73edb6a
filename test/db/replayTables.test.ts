import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStores } from '../../src/db/index.js';
import { createApiKeyStore } from '../../src/db/apiKeys.js';
import { buildRunManifest } from '../../src/replay/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { cohortOf, DIGEST, openStores, POLICY, recorded, startRun, type Fixture } from './replaySupport.js';

let database: TestDatabase;
let acme: Fixture;
let other: Fixture;

beforeAll(async () => {
  database = await testDatabase();
  acme = await openStores(database.db, 'acme');
  other = await openStores(database.db, 'other');
});
afterAll(() => database.drop());

describe('API keys', () => {
  it('are verified by their hash alone and never stored', async () => {
    const minted = await acme.stores.apiKeys.mint({ scopes: ['write'], label: 'ci', kid: 'kid-1' });
    expect(minted.apiKey).toMatch(/^tnt_[0-9A-Za-z]{49}$/);
    const binding = await acme.stores.apiKeys.verify(minted.apiKey);
    expect(binding).toMatchObject({ ref: minted.ref, scopes: ['write'], kid: 'kid-1', agent: null, singleUse: false });
    const [row] = await database.db.sql('select row_to_json(k)::text as row from api_keys k where kid = $1', ['kid-1']);
    expect(row?.['row']).not.toContain(minted.apiKey.slice(4));
  });

  it.each([
    ['empty', () => ''],
    ['one digit changed', (key: string) => key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a')],
    ['cut short', (key: string) => key.slice(0, -1)],
    ['with white space', (key: string) => `${key} `],
  ])('%s are unknown', async (_name, change) => {
    const { apiKey } = await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'r' });
    expect(await acme.stores.apiKeys.verify(change(apiKey))).toBeNull();
  });

  it('of one tenant are unknown to another', async () => {
    const { apiKey, ref } = await acme.stores.apiKeys.mint({ scopes: ['admin'], label: 'a' });
    expect(await other.stores.apiKeys.verify(apiKey)).toBeNull();
    expect(await other.stores.apiKeys.revoke(ref)).toBe(false);
    expect(await acme.stores.apiKeys.verify(apiKey)).not.toBeNull();
  });

  it('end by expiry and by revocation', async () => {
    const late = await acme.stores.apiKeys.mint({
      scopes: ['read'],
      label: 'r',
      expiresAt: new Date(Date.now() - 1_000),
    });
    expect(await acme.stores.apiKeys.verify(late.apiKey)).toBeNull();
    const live = await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'r' });
    expect(await acme.stores.apiKeys.verify(live.apiKey)).not.toBeNull();
    expect(await acme.stores.apiKeys.revoke(live.ref)).toBe(true);
    expect(await acme.stores.apiKeys.verify(live.apiKey)).toBeNull();
  });

  it('are looked up again after the cache time, not before', async () => {
    let now = 0;
    const keys = createApiKeyStore(database.db, 'acme', { now: () => now });
    const { apiKey } = await keys.mint({ scopes: ['read'], label: 'r' });
    await keys.verify(apiKey);
    await database.db.sql('update api_keys set expires_at = now()');
    now = 2_900;
    expect(await keys.verify(apiKey)).not.toBeNull();
    now = 3_100;
    expect(await keys.verify(apiKey)).toBeNull();
  });

  it('for one use are used once, whoever comes at the same time', async () => {
    const { apiKey } = await acme.stores.apiKeys.mint({ scopes: ['enrol'], label: 'e', singleUse: true });
    const used = await Promise.all(Array.from({ length: 8 }, () => acme.stores.apiKeys.consume(apiKey)));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await acme.stores.apiKeys.verify(apiKey)).toBeNull();
    await acme.stores.apiKeys.release(apiKey);
    expect(await acme.stores.apiKeys.verify(apiKey)).toMatchObject({ singleUse: true });
  });

  it('that enrol others end within an hour unless they say when', async () => {
    const expiresAt = new Date('2199-01-01T00:00:00Z');
    await acme.stores.apiKeys.mint({ scopes: ['enrol'], label: 'no end', singleUse: true });
    await acme.stores.apiKeys.mint({ scopes: ['enrol'], label: 'own end', singleUse: true, expiresAt });
    await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'reader' });
    const rows = await database.db.sql(
      `select label, expires_at <= now() + interval '1 hour' as soon from api_keys
       where label in ('no end', 'own end', 'reader') order by label`,
    );
    expect(rows).toEqual([
      { label: 'no end', soon: true },
      { label: 'own end', soon: false },
      { label: 'reader', soon: null },
    ]);
  });

  it.each([
    [{ scopes: [], label: 'x' }, '/scopes'],
    [{ scopes: ['replay'], label: 'x', agent: 'a@1' }, '/agent'],
  ] as const)('without their binding are not minted: %j', async (request, field) => {
    await expect(acme.stores.apiKeys.mint(request)).rejects.toMatchObject({
      code: 'input.invalid',
      details: { field },
    });
  });
});

describe('cohorts', () => {
  it('are written once and read in frozen order by keyset', async () => {
    const members = ['d', 'b', 'c', 'a'].map((id, i) => ({ decision: id, stratum: `s${i % 2}` }));
    const manifest = cohortOf(members.map((member) => member.decision));
    await Promise.all([1, 2, 3].map(() => acme.stores.cohorts.save(manifest, members)));
    expect(await acme.stores.cohorts.get(manifest.id)).toEqual(manifest);
    const first = await acme.stores.cohorts.members(manifest.id, 0, 3);
    expect(first.map((member) => [member.ord, member.decision, member.stratum])).toEqual([
      [1, 'd', 's0'],
      [2, 'b', 's1'],
      [3, 'c', 's0'],
    ]);
    expect(await acme.stores.cohorts.members(manifest.id, 3, 3)).toHaveLength(1);
    expect(await other.stores.cohorts.get(manifest.id)).toBeNull();
  });

  it('refuse other content under their id, and a size that is not theirs', async () => {
    const manifest = cohortOf(['x', 'y']);
    const members = ['x', 'y'].map((decision) => ({ decision, stratum: 'all' }));
    await acme.stores.cohorts.save(manifest, members);
    await expect(acme.stores.cohorts.save({ ...manifest, seed: 2 }, members)).rejects.toMatchObject({
      code: 'input.invalid',
    });
    await expect(acme.stores.cohorts.save(manifest, members.slice(1))).rejects.toMatchObject({
      details: { field: '/size' },
    });
  });
});

describe('runs', () => {
  const manifestOf = (decisions: readonly string[], attempt = 1) =>
    buildRunManifest({
      tenant: 'acme',
      cohort: cohortOf(decisions),
      lane: { lane: 'control', agent: 'underwriter@1.0.0', digest: DIGEST, repeats: 3, policy: POLICY },
      attempt,
    });

  it('of one control key share one run, also when two gates plan it at once', async () => {
    await startRun(acme, ['r1']);
    const saved = await Promise.all(
      [1, 2, 3, 4].map((attempt) =>
        acme.stores.runs.save({ manifest: manifestOf(['r1'], attempt), controlKey: 'ctl_1' }),
      ),
    );
    expect(new Set(saved.map(({ run }) => run.id)).size).toBe(1);
    expect(saved.filter(({ created }) => created)).toHaveLength(1);
  });

  it('that failed free their control key, and one that takes it back too late is refused', async () => {
    await startRun(acme, ['r2']);
    const { run: first } = await acme.stores.runs.save({ manifest: manifestOf(['r2'], 1), controlKey: 'ctl_2' });
    await acme.stores.runs.update(first.id, { status: 'failed', note: 'worker lost' });
    expect(await acme.stores.runs.findControl('ctl_2')).toBeNull();
    const { run: second, created } = await acme.stores.runs.save({
      manifest: manifestOf(['r2'], 2),
      controlKey: 'ctl_2',
    });
    expect([created, (await acme.stores.runs.findControl('ctl_2'))?.id]).toEqual([true, second.id]);
    await expect(acme.stores.runs.update(first.id, { status: 'running' })).rejects.toMatchObject({
      code: 'replay.run_closed',
    });
  });

  it('keep their manifest: another one under the id is refused', async () => {
    const run = await startRun(acme, ['r3']);
    expect((await acme.stores.runs.get(run.id))?.manifest).toEqual(run.manifest);
    const changed = { ...run.manifest, budget: { maxCalls: 1, maxCost: null } };
    await expect(acme.stores.runs.save({ manifest: changed })).rejects.toMatchObject({ details: { field: '/run' } });
    expect(await other.stores.runs.get(run.id)).toBeNull();
  });

  it('that are under way are found by what they run', async () => {
    const agent = 'underwriter@7.0.0';
    const [first, second] = [
      await startRun(acme, ['dec_U1'], { agent }),
      await startRun(acme, ['dec_U1', 'dec_U2'], { agent }),
    ];
    expect(await acme.stores.runs.underway(agent, DIGEST)).toEqual([]);
    for (const { id } of [first, second]) await acme.stores.runs.update(id, { status: 'running' });
    expect(new Set(await acme.stores.runs.underway(agent, DIGEST))).toEqual(new Set([first.id, second.id]));
    expect(await acme.stores.runs.underway(agent, 'b'.repeat(64))).toEqual([]);
    expect(await other.stores.runs.underway(agent, DIGEST)).toEqual([]);
    await acme.stores.runs.update(first.id, { status: 'done' });
    expect(await acme.stores.runs.underway(agent, DIGEST)).toEqual([second.id]);
  });

  it('that are done stay done', async () => {
    const run = await startRun(acme, ['r4']);
    expect((await acme.stores.runs.update(run.id, { status: 'running' })).finishedAt).toBeNull();
    const ended = await acme.stores.runs.update(run.id, { status: 'done' });
    expect(ended.finishedAt).toBeInstanceOf(Date);
    expect(await acme.stores.runs.update(run.id, { status: 'done' })).toEqual(ended);
    await expect(acme.stores.runs.update(run.id, { status: 'running' })).rejects.toMatchObject({
      code: 'replay.run_closed',
    });
    await expect(acme.stores.runs.update('run_none', { status: 'done' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('gates', () => {
  const gate = { id: 'gate_1', policy: { name: 'p' }, candidate: 'u@1.1.0', baseline: 'u@1.0.0' };

  it('keep the first row of an id and change by patch', async () => {
    const saved = await acme.stores.gates.save(gate);
    expect(saved).toMatchObject({ status: 'pending', attempt: 1, controlRun: null, summary: null, finishedAt: null });
    expect(await acme.stores.gates.save({ ...gate, candidate: 'u@9' })).toEqual(saved);
    const root = new Uint8Array(32).fill(7);
    const patch = { status: 'fail', resultsRoot: root, summary: { flips: 12 }, verdictEntry: 'ver_1' } as const;
    const failed = await acme.stores.gates.update('gate_1', patch);
    expect(failed).toMatchObject({
      status: 'fail',
      summary: { flips: 12 },
      verdictEntry: 'ver_1',
      candidate: 'u@1.1.0',
    });
    expect(Buffer.from(failed.resultsRoot ?? [])).toEqual(Buffer.from(root));
    expect(failed.finishedAt).toBeInstanceOf(Date);
    expect(await other.stores.gates.list(10)).toEqual([]);
    await expect(other.stores.gates.update('gate_1', patch)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('seal their verdict: the database holds no word of it', async () => {
    await acme.stores.gates.save({ ...gate, id: 'gate_2' });
    expect(await acme.stores.gateSeals.openVerdict('gate_2')).toBeNull();
    const verdict = { status: 'fail', rules: [{ line: 'number 36 → 48 in a reason' }] };
    await acme.stores.gateSeals.sealVerdict('gate_2', verdict);
    expect(await acme.stores.gateSeals.openVerdict('gate_2')).toEqual(verdict);
    const [row] = await database.db.sql(`select sealed from gates where id = 'gate_2'`);
    expect((row?.['sealed'] as Buffer).includes('reason')).toBe(false);
    await expect(acme.stores.gateSeals.sealVerdict('gate_0', verdict)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('seal an assessment under the key of its decision, so that it is erased with the person', async () => {
    await acme.stores.gates.save({ ...gate, id: 'gate_3' });
    await acme.addDecision('dec_p', recorded({}), 'person-9');
    await acme.addDecision('dec_q', recorded({}));
    const list = ['dec_p', 'dec_q', 'dec_gone'].map((decision) => ({ decision, body: { because: [decision] } }));
    await acme.stores.gateSeals.putAssessments('gate_3', list);
    await acme.stores.gateSeals.putAssessments('gate_3', list.slice(0, 1));
    const page = await acme.stores.gateSeals.assessments('gate_3', '', 10);
    expect(page).toEqual(list.slice(0, 2));
    await acme.keyStore.destroy(acme.keyStore.keyIdOf('acme', 'person-9'));
    const after = await acme.stores.gateSeals.assessments('gate_3', '', 10);
    expect(after.map((item) => item.body)).toEqual([null, { because: ['dec_q'] }]);
  });
});

describe('vectors', () => {
  it('come back bit by bit, by embedder, text and tenant', async () => {
    const vector = Float32Array.from([0.1, -1, Number.MIN_VALUE, 3.4e38, -0]);
    await acme.stores.vectors.putMany('lexical@1', [{ text: 'savings ß', vector }]);
    await acme.stores.vectors.putMany('lexical@1', [{ text: 'savings ß', vector: new Float32Array(5) }]);
    const found = await acme.stores.vectors.getMany('lexical@1', ['none', 'savings ß', 'savings ß']);
    expect(found[0]).toBeNull();
    expect(found.slice(1).map((v) => Buffer.from(v!.buffer).toString('hex'))).toEqual(
      [vector, vector].map((v) => Buffer.from(v.buffer).toString('hex')),
    );
    expect(await acme.stores.vectors.getMany('minilm@1', ['savings ß'])).toEqual([null]);
    expect(await other.stores.vectors.getMany('lexical@1', ['savings ß'])).toEqual([null]);
    expect(await acme.stores.vectors.getMany('lexical@1', [])).toEqual([]);
  });
});

it('stores of a tenant share no state with those of another over the same database', async () => {
  const again = createStores({ ...acme, db: database.db, ledger: { readDecisions: async () => [] } });
  expect(await again.agents.list()).toEqual([]);
  await acme.stores.agents.insert('u@1.0.0', DIGEST, 'agt_1');
  expect((await again.agents.list()).map((row) => row.agent)).toEqual(['u@1.0.0']);
  expect(await other.stores.agents.get('u@1.0.0')).toBeNull();
});
