import { afterAll, beforeAll, expect, test } from 'vitest';
import { testLedger, type TestLedger, type TestProducer } from '../support/ledger.js';

let t: TestLedger;
let p: TestProducer;
beforeAll(async () => {
  t = await testLedger();
  p = await t.producer();
});
afterAll(() => t.drop());

test('with an empty queue a sequencer looks at the signer now and then, and at once when something comes in', async () => {
  let looks = 0;
  let rounds = 0;
  const signer = await t.signer();
  const ledger = t.with({
    signer: {
      vkey: signer.vkey,
      origin: signer.origin,
      head: () => ((rounds += 1), signer.head()),
      sign: (request) => signer.sign(request),
    },
    store: { hasQueued: () => ((looks += 1), t.store.hasQueued()) },
  });
  const sequencer = ledger.startSequencer({ intervalMs: 2 });
  try {
    await expect.poll(() => looks, { timeout: 5_000 }).toBeGreaterThan(60);
    expect(rounds).toBeGreaterThan(1);
    expect(rounds).toBeLessThan(looks / 5);
    const { id, ...item } = p.record();
    await t.ledger.ingest([item], { kids: 'any' });
    await t.ledger.waitLogged([id], { timeoutMs: 5_000 });
    await t.database.db.sql(`update heads set root = sha256('other')`);
    await expect
      .poll(async () => (await t.store.readHead())?.halted, { timeout: 5_000 })
      .toMatch('ledger.root_mismatch');
  } finally {
    await sequencer.stop();
  }
});
