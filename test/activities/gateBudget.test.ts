import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { candidateBudget, controlBudget, gateSpent } from '../../activities/gateBudget.js';
import type { GateRow, NewGate, RunRow } from '../../src/db/index.js';
import { parsePolicy, type GatePolicy } from '../../src/gate/index.js';
import { done, openStores, recorded, startRun, type Fixture } from '../db/replaySupport.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

/** One budget for a gate: both lanes and all attempts spend from it. */
const base = parsePolicy('version: 1\nname: p\nagent: underwriter\ntype: loan\ncohort: { size: 10 }\n', 'p.yaml');
const policy: GatePolicy = {
  ...base,
  repeats: { control: 3, candidate: 1 },
  budget: { maxCalls: 100, maxCost: 8 },
};

let database: TestDatabase;
let acme: Fixture;
let n = 0;

beforeAll(async () => {
  database = await testDatabase();
  acme = await openStores(database.db, 'acme');
});
afterAll(() => database.drop());
beforeEach(() => void (n += 1));

const gateOf = (attempt: number, over: Partial<NewGate> = {}): Promise<GateRow> =>
  acme.stores.gates.save({
    id: `gate_${n}_${attempt}_${over.session ?? ''}_${over.baseline ?? ''}`,
    attempt,
    policy,
    candidate: `underwriter@${n}`,
    baseline: 'underwriter@0',
    ...over,
  });

async function runOf(budget: RunRow['manifest']['budget'], name: string): Promise<RunRow> {
  const decision = `dec_${n}_${name}`;
  await acme.addDecision(decision, recorded({ amount: 1 }));
  return startRun(acme, [decision], { budget, policy: { model: 'live' }, repeats: 9 });
}

async function spend(run: RunRow, model: number, cost: number, status: RunRow['status']): Promise<RunRow> {
  await acme.stores.runs.update(run.id, { status: 'running' });
  const [member] = await acme.stores.cohorts.members(run.cohort, 0, 1);
  const result = done(member?.decision ?? '', {
    calls: { served: 0, run: 0, refused: 0, model },
    usage: { promptTokens: 0, completionTokens: 0, cost },
  });
  await acme.stores.replay.store(run, 1, [result]);
  return status === 'running' ? run : acme.stores.runs.update(run.id, { status });
}

const name = (gate: GateRow, controlRun: RunRow, candidateRun?: RunRow): Promise<GateRow> =>
  acme.stores.gates.update(gate.id, {
    controlRun: controlRun.id,
    ...(candidateRun === undefined ? {} : { candidateRun: candidateRun.id }),
  });

describe('the budget of a gate', () => {
  test('is split before anything is spent, and the parts are the whole', async () => {
    const gate = await gateOf(1);
    const budget = await controlBudget(acme, gate);
    expect(budget).toEqual({ maxCalls: 75, maxCost: 6 });
    const control = await runOf(budget, 'control');
    expect(await candidateBudget(acme, gate, control)).toEqual({ maxCalls: 25, maxCost: 2 });
  });

  test('goes to the candidate whole where the control arm was there before', async () => {
    const earlier = await runOf({ maxCalls: null, maxCost: null }, 'control');
    const control = await spend(earlier, 70, 5, 'done');
    const gate = await gateOf(1);
    expect(await candidateBudget(acme, gate, control)).toEqual(policy.budget);
    const candidate = await spend(await runOf(policy.budget, 'candidate'), 30, 1, 'done');
    expect(await gateSpent(acme, await name(gate, control, candidate))).toEqual({ calls: 30, cost: 1, tokens: 0 });
  });

  test('leaves the candidate what the control arm did not spend, once it is done', async () => {
    const gate = await gateOf(1);
    const control = await spend(await runOf({ maxCalls: 75, maxCost: 6 }, 'control'), 40, 3, 'done');
    expect(await candidateBudget(acme, gate, control)).toEqual({ maxCalls: 60, maxCost: 5 });
  });

  test('is what earlier attempts left of it, for the next one', async () => {
    const first = await gateOf(1);
    const control = await spend(await runOf({ maxCalls: 75, maxCost: 6 }, 'control'), 60, 2, 'done');
    const candidate = await spend(await runOf({ maxCalls: 25, maxCost: 2 }, 'candidate'), 24, 1, 'failed');
    await name(first, control, candidate);
    const second = await gateOf(2);
    expect(await candidateBudget(acme, second, control)).toEqual({ maxCalls: 16, maxCost: 5 });
    const again = await spend(await runOf({ maxCalls: 16, maxCost: 5 }, 'again'), 16, 1, 'stopped');
    expect(await gateSpent(acme, await name(second, control, again))).toEqual({ calls: 100, cost: 4, tokens: 0 });
    const third = await gateOf(3);
    expect(await controlBudget(acme, third)).toEqual({ maxCalls: 0, maxCost: 3 });
    expect(await candidateBudget(acme, third, control)).toEqual({ maxCalls: 0, maxCost: 4 });
  });

  test('is held back for a run of an earlier attempt that is still under way', async () => {
    const first = await gateOf(1);
    const control = await spend(await runOf({ maxCalls: 75, maxCost: 6 }, 'control'), 10, 1, 'running');
    await name(first, control);
    const second = await gateOf(2);
    expect(await candidateBudget(acme, second, control)).toEqual({ maxCalls: 25, maxCost: 2 });
    expect(await gateSpent(acme, await name(second, control))).toEqual({ calls: 10, cost: 1, tokens: 0 });
  });

  test('of another session or baseline is another', async () => {
    const other = await gateOf(1, { session: 'ses_1' });
    const third = await gateOf(1, { baseline: 'underwriter@x' });
    const control = await spend(await runOf({ maxCalls: 75, maxCost: 6 }, 'control'), 60, 2, 'failed');
    for (const gate of [other, third]) await name(gate, control);
    expect(await controlBudget(acme, await gateOf(2))).toEqual({ maxCalls: 75, maxCost: 6 });
  });

  test('without limits limits nothing', async () => {
    const gate = await gateOf(1, { policy: { ...policy, budget: { maxCalls: null, maxCost: null } } });
    const none = { maxCalls: null, maxCost: null };
    expect(await controlBudget(acme, gate)).toEqual(none);
    expect(await candidateBudget(acme, gate, await runOf(none, 'control'))).toEqual(none);
  });
});
