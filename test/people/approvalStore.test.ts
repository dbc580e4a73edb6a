import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStores, type Stores } from '../../src/db/index.js';
import { digestOf, giveApproval, isApproved, type Person } from '../../src/people/index.js';
import { testLedger, type TestLedger } from '../support/ledger.js';

let t: TestLedger;
let stores: Stores;
beforeAll(async () => {
  t = await testLedger();
  stores = createStores(t.platform);
});
afterAll(() => t.drop());

const DIGEST = digestOf('package 1');
const RULE = { need: 2, role: 'approver' } as const;
const now = new Date();

const say = (subject: string) => {
  const person: Person = { issuer: 'https://id.example', subject, name: null, email: null, role: 'approver' };
  const request = { person, about: 'inq_1', digest: DIGEST, requestedBy: 'https://id.example#ada', now, rule: RULE };
  return giveApproval(
    { approvals: stores.approvals, ledger: t.ledger },
    { ...request, decision: 'approve', reason: 'read it from end to end' },
  );
};

test('one person who approves twice at once counts once; two people are two signed entries', async () => {
  const both = await Promise.allSettled([say('bea'), say('bea')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'approval.same_person' } });
  expect(isApproved(await stores.approvals.list('inq_1'), RULE, DIGEST, now)).toBe(false);

  await say('cleo');
  const stored = await stores.approvals.list('inq_1');
  expect(isApproved(stored, RULE, DIGEST, now)).toBe(true);
  const entries = await t.ledger.readDecisions(stored.map(({ id }) => id));
  expect(entries.map(({ entry }) => entry.type)).toEqual(['approval.given', 'approval.given']);
  expect(await t.ledger.linkedFrom('inq_1', 'about')).toHaveLength(2);
});

test('a row that somebody else wrote into the table is no approval', async () => {
  const [row] = await stores.approvals.list('inq_1');
  await t.database.db.sql(`update approvals set about = 'inq_2' where id = $1`, [row?.id]);
  await expect(stores.approvals.list('inq_2')).rejects.toThrow();
});
