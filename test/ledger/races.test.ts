import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLedgerStore, type Db } from '../../src/db/index.js';
import { sequenceAll, testLedger, type TestLedger } from '../support/ledger.js';

let t: TestLedger;
beforeEach(async () => {
  t = await testLedger();
});
afterEach(() => t.drop());

test('a key that ends while a batch under it is verified: the batch is refused', async () => {
  const p = await t.producer();
  const late = t.with({
    store: {
      insertRecords: async (records, kids) => {
        if (kids.includes(p.kid)) await t.ledger.endKey(p.kid, 'revoke');
        return t.store.insertRecords(records, kids);
      },
    },
  });
  expect(await late.ingest([p.record()], { kids: 'any' })).toMatchObject([
    { status: 'refused', code: 'record.key_unknown' },
  ]);
});

test('a key that ends while a batch under it is stored: the end is queued behind the batch', async () => {
  const p = await t.producer();
  let ended: Promise<unknown> = Promise.resolve();
  const { db } = t.database;
  const slow: Db = {
    ...db,
    transaction: (work) =>
      db.transaction((tx) =>
        work({
          sql: (text, more) => tx.sql(text, more),
          run: async (statement, values) => {
            const rows = await tx.run(statement, values);
            if (statement.name === 'hold_record_keys') {
              ended = t.ledger.endKey(p.kid, 'retire');
              await new Promise((resolve) => setTimeout(resolve, 200));
            }
            return rows;
          },
        }),
      ),
  };
  const items = p.records(5);
  const ledger = t.with({ store: createLedgerStore(slow, t.platform.tenant) });
  expect(await ledger.ingest(items, { kids: 'any' })).toMatchObject(Array(5).fill({ status: 'accepted' }));
  await ended;
  await sequenceAll(t.ledger);
  expect(await t.ledger.fsck()).toMatchObject({ ok: true });
});

test('a sealing key that is destroyed before the commit: the records are sealed again and stay readable', async () => {
  const p = await t.producer();
  const { keyStore } = t.platform;
  let once = true;
  const ledger = t.with({
    keyStore: {
      get: (keyId) => keyStore.get(keyId),
      destroy: (keyId) => keyStore.destroy(keyId),
      ensure: async (tenant, subjects) => {
        const keys = await keyStore.ensure(tenant, subjects);
        const raced = keys.get('sub_raced');
        if (raced && once) await keyStore.destroy(raced.keyId);
        once = false;
        return keys;
      },
    },
  });
  const items = [p.record({ subject: 'sub_raced' }), p.record({ subject: 'sub_calm' })];
  expect(await ledger.ingest(items, { kids: 'any' })).toMatchObject([{ status: 'accepted' }, { status: 'accepted' }]);
  const views = await t.ledger.readDecisions(items.map(({ id }) => id));
  expect(views.map(({ erased }) => erased)).toEqual([false, false]);
});
