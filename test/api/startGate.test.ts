import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { createGateStarter, type AskedGate, type GateStarter } from '../../src/runtime/index.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { startTemporal, type TestTemporal } from '../support/temporal.js';
import { caller, newKey, record } from './readSupport.js';
import { newProducer, openApi, type ApiFixture } from './support.js';

interface Gate {
  readonly id: string;
  readonly status: string;
  readonly baseline: string;
  readonly candidate: string;
}

let temporal: TestTemporal;
let database: TestDatabase;
let acme: ApiFixture;
let starter: GateStarter;
let gates: ReturnType<typeof caller>;
beforeAll(async () => {
  [temporal, database] = await Promise.all([startTemporal(), testDatabase()]);
  acme = await openApi(database.db, 'acme', { gates: { start: (asked: AskedGate) => starter.start(asked) } });
  starter = starterAt(temporal.address);
  gates = caller(acme, await newKey(acme, ['gate']));
  const producer = await newProducer(acme);
  await record(acme, producer, [producer.submit('dec_1'), producer.submit('dec_2')]);
  for (const version of ['1.0.0', '1.1.0'])
    await acme.stores.agents.insert(`underwriter@${version}`, `digest of ${version}`, `ent_${version}`);
}, 120_000);
afterAll(async () => {
  await starter.close();
  await acme.app.close();
  await Promise.all([temporal.stop(), database.drop()]);
});

function starterAt(address: string | undefined): GateStarter {
  const { value } = loadConfig({ flags: {}, env: {} });
  const config = { ...value, temporal: { ...value.temporal, address, namespace: 'default' } };
  const { platform, stores } = acme;
  return createGateStarter({ platform, stores, config });
}

const policy = 'version: 1\nname: loans\nagent: underwriter\ntype: loan.approve\n';
const ask = (more: object = {}) => gates.post<Gate>('/api/v1/gates', { policy, candidate: '1.1.0', ...more });

it('starts a workflow once, answers 202 with its place, and the same request is the same gate', async () => {
  const first = await ask();
  expect([first.status, first.headers['location']]).toEqual([202, `/api/v1/gates/${first.body.id}`]);
  expect(first.body).toMatchObject({
    status: 'pending',
    baseline: 'underwriter@1.0.0',
    candidate: 'underwriter@1.1.0',
  });
  const again = await Promise.all([ask(), ask({ baseline: 'underwriter@1.0.0' })]);
  expect(again.map(({ body }) => body.id)).toEqual([first.body.id, first.body.id]);
  const started = [];
  for await (const { type } of temporal.client.workflow.list()) started.push(type);
  expect(started).toEqual(['gateRunWorkflow']);
  expect((await gates.get(String(first.headers['location']))).body).toEqual(first.body);
});

it('one that has ended is answered 200, and its verdict is read with scope read, as an access', async () => {
  const { body } = await ask({ session: 'ended' });
  const fields = [{ path: '/verdict/status', value: 'pass' }];
  const [entry] = await acme.platform.ledger.append([{ kind: 'verdict', type: 'gate', fields }]);
  await acme.stores.gates.update(body.id, { status: 'pass', verdictEntry: entry?.id ?? '' });
  expect(await ask({ session: 'ended' })).toMatchObject({ status: 200, body: { status: 'pass' } });
  const url = `/api/v1/gates/${body.id}/verdict`;
  expect((await gates.get(url)).status).toBe(403);
  const reader = caller(acme, await newKey(acme, ['read']));
  expect((await reader.get(url)).body).toMatchObject({ entry: entry?.id, fields: { '/verdict/status': 'pass' } });
  expect((await acme.platform.ledger.listDecisions({ kind: 'access' })).ids.length).toBeGreaterThan(0);
  expect((await reader.get('/api/v1/gates/gate_none/verdict')).status).toBe(404);
});

it.each([
  ['a policy that is not valid', { policy: 'version: 1\nnam: loans\n' }, 400, 'policy.invalid'],
  ['a version that nobody registered', { candidate: '9.9.9' }, 404, 'agent.not_registered'],
  ['an agent without decisions', { policy: policy.replace('underwriter', 'other') }, 400, 'cohort.empty'],
  ['a member too many', { suite: 'x' }, 400, 'input.invalid'],
])('%s is refused', async (_, more, status, code) => {
  expect(await ask(more)).toMatchObject({ status, body: { code } });
});

it.each([
  ['without a Temporal server', undefined],
  ['with one that does not answer', '127.0.0.1:9'],
])(
  '%s it is 503 and says what to do; the request is taken when there is one again',
  async (_, address) => {
    const working = starter;
    starter = starterAt(address);
    const session = String(address);
    const refused = await ask({ session });
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'temporal.unavailable', fix: expect.any(String) as string },
    });
    await starter.close();
    starter = working;
    expect((await ask({ session })).status).toBe(202);
  },
  20_000,
);
