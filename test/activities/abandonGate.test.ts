import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { abandonGate } from '../../activities/abandonGate.js';
import type { ActivityDeps } from '../../activities/deps.js';
import { endGate } from '../../activities/signVerdict.js';
import { createStores, type GateRow, type Stores } from '../../src/db/index.js';
import { parsePolicy, summarise, type GateVerdict } from '../../src/gate/index.js';
import { testLedger, type TestLedger } from '../support/ledger.js';

/** A gate that cannot be judged ends with a signed verdict, whatever it had come to. */
const policy = parsePolicy('version: 1\nname: p\nagent: underwriter\ntype: loan\ncohort: { size: 10 }\n', 'p.yaml');
const passed: GateVerdict = { status: 'pass', rules: [], stakeAtRisk: null, flips: [], shifted: [] };

let t: TestLedger;
let stores: Stores;
let deps: ActivityDeps;
let gate: GateRow;
let sequencer: { stop(): Promise<void> };

beforeEach(async () => {
  t = await testLedger();
  stores = createStores(t.platform);
  sequencer = t.ledger.startSequencer({ intervalMs: 10 });
  deps = {
    platform: t.platform,
    stores,
    embedder: async () => Promise.reject(new Error('nothing is scored here')),
    model: null,
    now: () => new Date(),
    availableWithinMs: 1_000,
    lanes: { isServed: async () => false },
    askModel: null,
    alerts: {
      owner: null,
      smtpUrl: null,
      mailFrom: null,
      mailTo: null,
      webhookUrl: null,
      webhookSecret: null,
      slackUrl: null,
      timeoutMs: 1_000,
    },
    productionsDir: '/nowhere',
    verifierFile: '/nowhere/verifier.html',
  };
  gate = await stores.gates.save({ id: 'gate_1', policy, candidate: 'underwriter@2', baseline: 'underwriter@1' });
});
afterEach(async () => {
  await sequencer.stop();
  await t.drop();
});

const statusOf = async (id: string): Promise<unknown> =>
  (await t.ledger.readEntries([id])).length === 0
    ? null
    : (await t.ledger.readDecisions([id]))[0]?.fields.get('/status');

describe('a gate that is given up', () => {
  test('is inconclusive, signed, and says why; again is the same', async () => {
    const first = await abandonGate(deps, gate, 'internal', 'judging failed');
    expect(first).toMatchObject({ status: 'inconclusive' });
    expect(await statusOf(first.verdictEntry)).toBe('inconclusive');
    expect(await stores.gateSeals.openVerdict(gate.id)).toMatchObject({
      rules: [{ line: 'not judged: internal', findings: [{ note: 'judging failed' }] }],
    });
    expect(await stores.gates.get(gate.id)).toMatchObject({ status: 'inconclusive', verdictEntry: first.verdictEntry });
    expect(await abandonGate(deps, gate, 'internal', 'another reason')).toEqual(first);
    expect(await stores.gateSeals.openVerdict(gate.id)).toMatchObject({
      rules: [{ findings: [{ note: 'judging failed' }] }],
    });
  });

  test('takes the place of a verdict that was judged and never signed', async () => {
    await stores.gateSeals.sealVerdict(gate.id, passed);
    await stores.gates.update(gate.id, { summary: summarise(passed) });
    const ended = await abandonGate(deps, gate, 'ledger.pending', 'no checkpoint came');
    expect(await statusOf(ended.verdictEntry)).toBe('inconclusive');
    expect(await stores.gates.get(gate.id)).toMatchObject({ status: 'inconclusive' });
  });

  test('ends with the verdict that is in the ledger already, when only its end was missing', async () => {
    await stores.gateSeals.sealVerdict(gate.id, passed);
    const { verdictEntry } = await endGate(deps, gate, passed, null);
    await stores.gates.update(gate.id, { status: 'pending' });
    expect(await abandonGate(deps, gate, 'ledger.pending', 'too slow')).toMatchObject({ status: 'pass', verdictEntry });
    expect(await statusOf(verdictEntry)).toBe('pass');
    expect(await stores.gateSeals.openVerdict(gate.id)).toEqual(passed);
  });
});
