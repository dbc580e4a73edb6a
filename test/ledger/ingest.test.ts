import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toBase64, type Submission } from '@tenet-ledger/record';
import { sequenceAll, testLedger, testSigner, TestProducer, type TestLedger } from '../support/ledger.js';

let t: TestLedger;
beforeAll(async () => {
  t = await testLedger();
});
afterAll(() => t.drop());

let seeds = 0;
const producer = (): Promise<TestProducer> => t.producer((seeds += 1));
const send = (items: readonly Submission[], kids: readonly string[] | 'any' = 'any') =>
  t.ledger.ingest(items, { kids });
const statuses = async (items: readonly Submission[]): Promise<string[]> =>
  (await send(items)).map(({ status }) => status);

describe('accepted', () => {
  test('a batch is stored, sealed and queued, and readable before it is in the tree', async () => {
    const p = await producer();
    const items = p.records(20);
    expect(await statuses(items)).toEqual(Array(20).fill('accepted'));
    const views = await t.ledger.readDecisions(items.map(({ id }) => id));
    expect(views.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(views.every(({ idx, erased }) => idx === null && !erased)).toBe(true);
    expect(views[0]?.fields.get('/decision/outcome')).toBe('approve');
  });

  test('no disclosed value is in the database, except the session identifier', async () => {
    const p = await producer();
    await send([p.record({ fields: [{ path: '/decision/outcome', value: 'very-secret-outcome' }] })]);
    const tables = ['entries', 'leaf_texts', 'queue', 'disclosures', 'entry_links', 'conflicts'];
    for (const table of tables) {
      const rows = await t.database.db.sql(`select t::text as row from ${table} t`);
      const bytes = rows.map(({ row }) => String(row)).join('\n');
      expect(bytes).not.toContain('very-secret-outcome');
      expect(bytes).not.toContain(Buffer.from('very-secret-outcome').toString('hex'));
    }
  });

  test('a gap in seq is accepted', async () => {
    const p = await producer();
    const [first, , third] = p.records(3);
    expect(await statuses([first!, third!])).toEqual(['accepted', 'accepted']);
  });

  test('batches that overtake each other are accepted', async () => {
    const p = await producer();
    const [a, b, c] = [p.records(3), p.records(3), p.records(3)];
    expect(await statuses(c)).toEqual(Array(3).fill('accepted'));
    expect(await statuses(a)).toEqual(Array(3).fill('accepted'));
    expect(await statuses(b)).toEqual(Array(3).fill('accepted'));
  });

  test('a record without any field is accepted', async () => {
    const p = await producer();
    const item = p.record({ fields: [] });
    expect(await statuses([item])).toEqual(['accepted']);
    expect((await t.ledger.readDecisions([item.id]))[0]).toMatchObject({ erased: false });
  });

  test('times before year 1 and control characters in a session do not fail the batch', async () => {
    const p = await producer();
    const items = [
      p.record({ occurredAt: '0000-01-01T00:00:00.000Z' }),
      p.record({ session: 'a\u0000b' }),
      p.record({ session: 'x'.repeat(5_000) }),
      p.record({ fields: [{ path: '/intent/session', value: { not: 'text' } }] }),
    ];
    expect(await statuses(items)).toEqual(Array(4).fill('accepted'));
  });
});

test('items are taken one after the other, and what breaks off midway stores nothing', async () => {
  const p = await producer();
  const items = p.records(100);
  function* broken() {
    yield* items.slice(0, 70);
    throw new Error('the line broke');
  }
  await expect(t.ledger.ingest(broken(), { kids: 'any' })).rejects.toThrow('the line broke');
  expect(await t.ledger.readEntries(items.map(({ id }) => id))).toEqual([]);
  const results = await t.ledger.ingest(new Set(items), { kids: 'any' });
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['accepted']));
});

describe('duplicate', () => {
  test('the same batch again is answered duplicate and stored once', async () => {
    const p = await producer();
    const items = p.records(10);
    await send(items);
    expect(await statuses(items)).toEqual(Array(10).fill('duplicate'));
    await sequenceAll(t.ledger);
    expect(await statuses(items)).toEqual(Array(10).fill('duplicate'));
    const rows = await t.database.db.sql('select count(*) as n from leaves where entry_id = any($1)', [
      items.map(({ id }) => id),
    ]);
    expect(rows[0]?.['n']).toBe(10);
  });

  test('a number that a duplicate took is taken: other bytes for it, and another successor, are conflicts', async () => {
    const [p, q] = [await producer(), await producer()];
    await send([p.record({ id: 'dec_taken' })]);
    const again = q.record({ id: 'dec_taken' });
    expect(await statuses([again])).toEqual(['duplicate']);
    expect(await statuses([again])).toEqual(['duplicate']);
    expect(await statuses([q.record({ seq: 1 })])).toEqual(['conflict']);
    expect(await statuses([q.record({ seq: 2, prev: 'A'.repeat(43) })])).toEqual(['conflict']);
    expect(await statuses([q.record()])).toEqual(['accepted']);
    await sequenceAll(t.ledger);
    const fsck = await t.ledger.fsck();
    expect(fsck.gaps.filter(({ producer }) => producer === q.id)).toEqual([]);
  });

  test('an item is no duplicate of an earlier one of its batch that was not taken', async () => {
    const p = await producer();
    const stray = [p.record(), p.record({ id: 'dec_stray', seq: 2, prev: 'A'.repeat(43) })];
    const q = await producer();
    expect(await statuses([...stray, q.record({ id: 'dec_stray' })])).toEqual(['accepted', 'conflict', 'refused']);
  });

  test('the same id by another producer is a duplicate, and the first is kept', async () => {
    const [p, q] = [await producer(), await producer()];
    const first = p.record({ id: 'dec_same' });
    expect(await statuses([first])).toEqual(['accepted']);
    expect(await statuses([q.record({ id: 'dec_same' })])).toEqual(['duplicate']);
    expect((await t.ledger.readEntries(['dec_same']))[0]?.leaf).toBe(first.leaf);
  });

  test('twins in one batch: the first counts', async () => {
    const p = await producer();
    const item = p.record();
    expect(await statuses([item, item])).toEqual(['accepted', 'duplicate']);
  });

  test('the same batch sent ten times at once is stored once', async () => {
    const p = await producer();
    const items = p.records(30);
    const all = await Promise.all(Array.from({ length: 10 }, () => send(items)));
    const accepted = all.flat().filter(({ status }) => status === 'accepted');
    expect(accepted).toHaveLength(30);
    expect(all.flat().filter(({ status }) => status === 'duplicate')).toHaveLength(270);
  });
});

describe('conflict', () => {
  test('the same place of a chain with other bytes is a conflict, and both are kept', async () => {
    const p = await producer();
    const [first] = p.records(2);
    await send([first!]);
    const other = p.record({ seq: 1, id: 'dec_other_bytes' });
    expect(await send([other])).toMatchObject([
      { status: 'conflict', code: 'record.conflict', field: '/producer/seq' },
    ]);
    expect(await statuses([other])).toEqual(['conflict']);
    const kept = await t.database.db.sql('select leaf from conflicts where producer = $1', [p.id]);
    expect(kept.map(({ leaf }) => String(leaf))).toEqual([other.leaf]);
    expect(await t.ledger.readEntries(['dec_other_bytes'])).toEqual([]);
  });

  test('inside one batch the first stands', async () => {
    const p = await producer();
    const first = p.record();
    const other = p.record({ seq: 1, id: 'dec_second_first' });
    expect(await statuses([first, other])).toEqual(['accepted', 'conflict']);
  });

  test('a prev that is not the hash of the entry before is a conflict', async () => {
    const p = await producer();
    await send([p.record()]);
    const forked = p.record({ seq: 2, prev: Buffer.alloc(32, 1).toString('base64url') });
    expect(await send([forked])).toMatchObject([{ status: 'conflict', field: '/producer/prev' }]);
  });

  test("another key cannot take the numbers of a producer's id", async () => {
    const [p, thief] = [await producer(), await producer()];
    const stolen = new TestProducer(thief.signer, p.id);
    expect(await statuses([stolen.record({ id: 'dec_thief' })])).toEqual(['accepted']);
    expect(await statuses([p.record()])).toEqual(['accepted']);
  });
});

describe('refused', () => {
  const flip = (text: string, at: number): string =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

  const cases: [string, string, (p: TestProducer) => Submission][] = [
    ['a leaf that is not JSON', 'record.invalid', () => ({ leaf: '{', disclosures: [] })],
    ['a leaf that is not canonical', 'record.invalid', (p) => ({ ...p.record(), leaf: ` ${p.record().leaf}` })],
    ['a record for another log', 'record.invalid', (p) => p.record({ log: 'test.localhost/other' })],
    [
      'a signature that does not verify',
      'record.signature',
      (p) => {
        const item = p.record();
        return { ...item, leaf: flip(item.leaf, item.leaf.indexOf('"sig":"') + 20) };
      },
    ],
    ['a key that is not enrolled', 'record.key_unknown', () => new TestProducer(testSigner(9_999), 'x').record()],
    ['a kind that producers may not sign', 'record.key_role', (p) => p.record({ kind: 'verdict' })],
    ['a key entry by a producer', 'record.key_role', (p) => p.record({ kind: 'key', type: 'key.add' })],
    [
      'a field that is not disclosed',
      'record.disclosure',
      (p) => {
        const item = p.record();
        return { ...item, disclosures: item.disclosures.slice(1) };
      },
    ],
    [
      'a disclosure too many',
      'record.disclosure',
      (p) => {
        const item = p.record();
        return { ...item, disclosures: [...item.disclosures, item.disclosures[0]!] };
      },
    ],
    [
      'the disclosure of another record',
      'record.disclosure',
      (p) => {
        const [a, b] = p.records(2);
        return { ...a!, disclosures: [b!.disclosures[0]!, ...a!.disclosures.slice(1)] };
      },
    ],
    ['a disclosure that is not base64url', 'record.disclosure', (p) => ({ ...p.record(), disclosures: ['=='] })],
    [
      'a disclosure of a field the entry lacks',
      'record.disclosure',
      (p) => ({ ...p.record({ fields: [] }), disclosures: p.record().disclosures }),
    ],
    [
      'a checkpoint of another log',
      'record.after',
      (p) => p.record({ after: { size: 1, root: Buffer.alloc(32).toString('base64') } }),
    ],
    [
      'a checkpoint that does not exist yet',
      'record.after',
      (p) => p.record({ after: { size: 1e6, root: Buffer.alloc(32).toString('base64') } }),
    ],
  ];

  test.each(cases)('%s: %s', async (_, code, make) => {
    const p = await producer();
    const [result, sound] = await send([make(p), (await producer()).record()]);
    expect(result).toMatchObject({ status: 'refused', code });
    expect(result?.message).toBeTruthy();
    expect(sound?.status).toBe('accepted');
  });

  test('a record key that this API key is not bound to', async () => {
    const [p, q] = [await producer(), await producer()];
    const results = await send([p.record(), q.record()], [q.kid]);
    expect(results).toMatchObject([{ status: 'refused', code: 'auth.forbidden' }, { status: 'accepted' }]);
  });

  test('a retired and a revoked key, from the moment that was accepted', async () => {
    for (const how of ['retire', 'revoke'] as const) {
      const p = await producer();
      expect(await statuses([p.record()])).toEqual(['accepted']);
      await t.ledger.endKey(p.kid, how);
      expect(await send([p.record()])).toMatchObject([{ status: 'refused', code: 'record.key_unknown' }]);
      await expect(t.ledger.enrolKey({ publicKey: p.signer.publicKey, role: 'producer' })).rejects.toMatchObject({
        code: 'record.key_unknown',
      });
    }
  });

  test('nothing of a refused item is stored', async () => {
    const p = await producer();
    const bad = { ...p.record({ subject: 'sub_refused' }), disclosures: [] };
    const before = await t.database.db.sql('select count(*) as n from entries');
    await send([bad]);
    expect(await t.database.db.sql('select count(*) as n from entries')).toEqual(before);
  });
});

test('a cited checkpoint of this log is accepted, and one whose row is gone is recomputed', async () => {
  const p = await producer();
  const checkpoint = await t.ledger.latestCheckpoint();
  if (!checkpoint) throw new Error('no checkpoint');
  const after = { size: checkpoint.size, root: toBase64(checkpoint.root) };
  expect(await statuses([p.record({ after })])).toEqual(['accepted']);
  await t.database.db.sql('delete from checkpoints where size = $1', [checkpoint.size]);
  expect(await statuses([p.record({ after })])).toEqual(['accepted']);
  await sequenceAll(t.ledger);
});

test('enrolling twice, and twenty times at once, gives one key entry', async () => {
  const { publicKey, keyId } = testSigner(77);
  const all = await Promise.all(Array.from({ length: 20 }, () => t.ledger.enrolKey({ publicKey, role: 'producer' })));
  expect(new Set(all.map(({ idx }) => idx)).size).toBe(1);
  expect(all[0]?.kid).toBe(keyId);
  await expect(t.ledger.enrolKey({ publicKey, role: 'platform' })).rejects.toMatchObject({ code: 'input.invalid' });
  await expect(t.ledger.enrolKey({ publicKey: Buffer.alloc(32), role: 'producer' })).rejects.toMatchObject({
    code: 'input.invalid',
  });
});
