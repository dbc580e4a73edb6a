import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCheckpoint, parseVkey, portableVerify, rootOf, leafHash, toBase64, utf8 } from '@tenet-ledger/record';
import { createLedgerStore, openDatabase, type Db, type Queryable } from '../../src/db/index.js';
import type { CheckpointSigner, LedgerService } from '../../src/ledger/index.js';
import type { TestDatabase } from '../support/postgres.js';
import { sequenceAll, testLedger, type TestLedger, type TestProducer } from '../support/ledger.js';

let t: TestLedger;
let p: TestProducer;
beforeEach(async () => {
  t = await testLedger();
  p = await t.producer();
});
afterEach(() => t.drop());

const post = async (count: number): Promise<string[]> => {
  const items = p.records(count);
  const results = await t.ledger.ingest(items, { kids: [p.kid] });
  expect(results.every(({ status }) => status === 'accepted')).toBe(true);
  return items.map(({ id }) => id);
};

/** Everything an outsider would check of the newest checkpoint, from the leaves. */
const expectSound = async (size: number): Promise<void> => {
  const leaves = await t.store.readLeaves(0, size + 1);
  expect(leaves.map(({ idx }) => idx)).toEqual(Array.from({ length: size }, (_, i) => i));
  const checkpoint = await t.ledger.latestCheckpoint();
  const opened = openCheckpoint(checkpoint?.note ?? '', [parseVkey(t.platform.vkey)], portableVerify);
  const root = toBase64(rootOf(leaves.map(({ leaf }) => leafHash(utf8(leaf)))));
  expect({ size: opened.checkpoint.size, root: toBase64(opened.checkpoint.root) }).toEqual({ size, root });
  expect(await t.ledger.fsck()).toMatchObject({ ok: true, size, root, findings: [] });
};

const flipped = (text: string, at: number): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);

class Crash extends Error {}
const crash = (): Promise<never> => Promise.reject(new Crash('the process was killed'));

test('entries get contiguous indexes in the order they were accepted, across batches', async () => {
  const ids = [...(await post(700)), ...(await post(900))];
  await sequenceAll(t.ledger);
  const logged = await t.ledger.waitLogged(ids, { timeoutMs: 1_000 });
  expect(ids.map((id) => logged.get(id))).toEqual(ids.map((_, i) => i + 2));
  await expectSound(1_602);
});

/** The store over connections that die right after (or, for `commit`, right before) one statement of the transaction. */
const dyingAt = (ledger: TestLedger, at: string): LedgerService => {
  const { db } = ledger.database;
  const dying = (connection: Queryable): Queryable => ({
    run: async (statement, values) => {
      const rows = await connection.run(statement, values);
      return statement.name === at ? crash() : rows;
    },
    sql: async (text, values) => {
      if (text === 'commit' && at === 'before commit') return crash();
      const rows = await connection.sql(text, values);
      return text === 'commit' && at === 'after commit' ? crash() : rows;
    },
  });
  const faulty: Db = { ...db, session: (work) => db.session((connection) => work(dying(connection))) };
  return ledger.with({ store: createLedgerStore(faulty, ledger.platform.tenant) });
};

const signerThat = (ledger: TestLedger, sign: CheckpointSigner['sign']): CheckpointSigner => ({
  vkey: ledger.platform.vkey,
  origin: ledger.platform.origin,
  head: async () => (await ledger.signer()).head(),
  sign,
});

describe('a crash', () => {
  const steps = ['lock_head', 'select_queue', 'move_to_leaves', 'index_record_keys', 'upsert_tiles', 'update_head'];
  const faults: [string, (ledger: TestLedger) => LedgerService][] = [
    ...[...steps, 'before commit', 'after commit'].map((at): [string, (ledger: TestLedger) => LedgerService] => [
      at,
      (ledger) => dyingAt(ledger, at),
    ]),
    ['while the batch is read back', (ledger) => ledger.with({ store: { readLeaves: crash } })],
    ['before the signer signs', (ledger) => ledger.with({ signer: signerThat(ledger, crash) })],
    [
      'after the signer signed',
      (ledger) =>
        ledger.with({
          signer: signerThat(ledger, async (request) => (await ledger.signer()).sign(request).then(crash)),
        }),
    ],
    ['before the checkpoint is stored', (ledger) => ledger.with({ store: { insertCheckpoint: crash } })],
  ];

  test.each(faults)('%s: the next round makes it good', async (_, fault) => {
    const ids = await post(40);
    await expect(fault(t).sequenceOnce()).rejects.toThrow(Crash);
    const more = await post(10);
    await sequenceAll(t.ledger);
    const logged = await t.ledger.waitLogged([...ids, ...more], { timeoutMs: 1_000 });
    expect([...ids, ...more].map((id) => logged.get(id))).toEqual(Array.from({ length: 50 }, (__, i) => i + 2));
    await expectSound(52);
  });
});

test('a note that was signed and not stored is stored as it is, not signed anew', async () => {
  await post(5);
  await sequenceAll(t.ledger);
  const checkpoint = await t.ledger.latestCheckpoint();
  await t.database.db.sql('delete from checkpoints where size = $1', [checkpoint?.size]);
  await t.ledger.sequenceOnce();
  expect((await t.ledger.latestCheckpoint())?.note).toBe(checkpoint?.note);
});

describe('halts, and never repairs', () => {
  const halted = async (code: string): Promise<void> => {
    await expect(t.ledger.sequenceOnce()).rejects.toMatchObject({ code, kind: 'IntegrityViolation' });
    expect((await t.ledger.status()).halted).toContain(code);
    await expect(t.ledger.sequenceOnce()).rejects.toMatchObject({ code: 'ledger.halted' });
    // What is accepted meanwhile stays queued.
    const [id] = await post(1);
    await expect(t.ledger.sequenceOnce()).rejects.toMatchObject({ code: 'ledger.halted' });
    await expect(t.ledger.waitLogged([id!], { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ledger.pending' });
  };

  /** A back-up of now, and the ledger going on without it. Cloning ends the connections of before. */
  const backUp = async (): Promise<{ backup: TestDatabase; old: LedgerService; now: LedgerService }> => {
    const backup = await t.database.clone();
    const over = (database: TestDatabase): LedgerService =>
      t.with({ store: createLedgerStore(database.db, t.platform.tenant) });
    return { backup, old: over(backup), now: over(t.database) };
  };

  test('when the database was restored from an old back-up', async () => {
    await post(10);
    await sequenceAll(t.ledger);
    const { backup, old, now } = await backUp();
    try {
      await now.ingest(p.records(10), { kids: 'any' });
      await sequenceAll(now);
      await expect(old.sequenceOnce()).rejects.toMatchObject({ code: 'ledger.signer_ahead' });
      expect((await old.status()).halted).toContain('ledger.signer_ahead');
      expect(await old.fsck()).toMatchObject({ ok: false, findings: [{ reason: 'signer.mismatch' }] });
      // The signer still stands by what it signed.
      expect(await now.fsck()).toMatchObject({ ok: true, size: 22 });
    } finally {
      await backup.drop();
    }
  });

  test('when a restored database has grown past the signer with other entries', async () => {
    await post(10);
    await sequenceAll(t.ledger);
    const { backup, old, now } = await backUp();
    try {
      const { seq, prev } = p;
      await now.ingest(p.records(5), { kids: 'any' });
      await sequenceAll(now);
      Object.assign(p, { seq, prev });
      await old.ingest(p.records(30, { session: 'after the restore' }), { kids: 'any' });
      await expect(sequenceAll(old)).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
    } finally {
      await backup.drop();
    }
  });

  test('when a bit of a leaf flips between writing and reading back', async () => {
    await post(10);
    const damaged = t.with({
      store: {
        readLeaves: async (from, to) => {
          const rows = await t.store.readLeaves(from, to);
          return rows.map((row, i) => (i === 4 ? { ...row, leaf: flipped(row.leaf, 100) } : row));
        },
      },
    });
    await expect(damaged.sequenceOnce()).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
    expect(await t.ledger.latestCheckpoint()).toMatchObject({ size: 2 });
    expect((await (await t.signer()).head())?.size).toBe(2);
    await expect(t.ledger.sequenceOnce()).rejects.toMatchObject({ code: 'ledger.halted' });
  });

  test('when a queued leaf is not the one that ingest hashed', async () => {
    await post(10);
    await t.database.db.sql(
      `update leaf_texts set leaf = overlay(leaf placing '-' from 50 for 1)
       where entry_id = (select entry_id from queue order by pos limit 1)`,
    );
    await halted('ledger.root_mismatch');
  });

  test('when a leaf vanished before it was signed', async () => {
    await post(3);
    await expect(t.with({ signer: signerThat(t, crash) }).sequenceOnce()).rejects.toThrow(Crash);
    await t.database.db.sql('delete from leaves where idx = 3');
    await halted('ledger.root_mismatch');
  });

  test('when the text of a leaf vanished before it was signed', async () => {
    const [id] = await post(3);
    await t.database.db.sql('delete from leaf_texts where entry_id = $1', [id]);
    await halted('ledger.root_mismatch');
  });

  test('when a tile was edited', async () => {
    await t.database.db.sql('update tiles set hashes = set_byte(hashes, 3, get_byte(hashes, 3) # 1)');
    await post(1);
    await halted('ledger.root_mismatch');
  });

  test('when the head was edited', async () => {
    await t.database.db.sql(`update heads set root = sha256('other')`);
    await halted('ledger.root_mismatch');
  });

  test('when the signer refuses the head', async () => {
    await post(1);
    const refuse: CheckpointSigner['sign'] = () => Promise.resolve({ ok: false, reason: 'inconsistent', head: null });
    await expect(t.with({ signer: signerThat(t, refuse) }).sequenceOnce()).rejects.toMatchObject({
      code: 'ledger.signer_refused',
    });
  });
});

describe('several sequencers', () => {
  test('eight processes at once lose nothing and sequence nothing twice', async () => {
    const ids = [...(await post(600)), ...(await post(600)), ...(await post(600))];
    const pools = Array.from({ length: 8 }, () => openDatabase(t.database.url, { max: 2 }));
    try {
      const ledgers = pools.map((db) => t.with({ store: createLedgerStore(db, t.platform.tenant) }));
      const counts = await Promise.all(ledgers.map((ledger) => ledger.sequenceOnce()));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_800);
    } finally {
      await Promise.all(pools.map((db) => db.close()));
    }
    await t.ledger.waitLogged(ids, { timeoutMs: 1_000 });
    await expectSound(1_802);
  });

  test('ingest and two running sequencers: every acknowledged entry is logged', async () => {
    const other = openDatabase(t.database.url, { max: 3 });
    const errors: unknown[] = [];
    const options = { intervalMs: 5, onError: (error: unknown) => errors.push(error) };
    const running = [t.ledger, t.with({ store: createLedgerStore(other, t.platform.tenant) })].map((ledger) =>
      ledger.startSequencer(options),
    );
    try {
      const ids: string[] = [];
      for (let i = 0; i < 10; i += 1) ids.push(...(await post(50)));
      const logged = await t.ledger.waitLogged(ids, { timeoutMs: 10_000 });
      expect(new Set(logged.values()).size).toBe(500);
    } finally {
      await Promise.all(running.map((sequencer) => sequencer.stop()));
      await other.close();
    }
    expect(errors).toEqual([]);
    await expectSound(502);
  });

  test('a sequencer stops for good at an integrity violation and goes on after any other error', async () => {
    let failures = 0;
    const errors: unknown[] = [];
    const flaky = t.with({
      store: { readHead: () => ((failures += 1) < 3 ? crash() : t.store.readHead()) },
    });
    const sequencer = flaky.startSequencer({ intervalMs: 1, onError: (error) => errors.push(error) });
    const [id] = await post(1);
    await t.ledger.waitLogged([id!], { timeoutMs: 5_000 });
    expect(errors.every((error) => error instanceof Crash)).toBe(true);
    await t.database.db.sql(`update heads set root = sha256('other')`);
    await expect.poll(() => errors.at(-1)).toMatchObject({ code: 'ledger.root_mismatch' });
    const seen = errors.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(errors).toHaveLength(seen);
    await sequencer.stop();
  });
});

test('waiting for an unknown entry fails at once, for one nobody sequences after the time-out', async () => {
  await expect(t.ledger.waitLogged(['dec_nobody'], { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'not_found' });
  const [id] = await post(1);
  await expect(t.ledger.waitLogged([id!], { timeoutMs: 60 })).rejects.toMatchObject({ code: 'ledger.pending' });
});
