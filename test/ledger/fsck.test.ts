import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FsckReason } from '../../src/ledger/index.js';
import { sequenceAll, testLedger, type TestLedger, type TestProducer } from '../support/ledger.js';

let t: TestLedger;
let p: TestProducer;
beforeEach(async () => {
  t = await testLedger();
  p = await t.producer();
  await t.ledger.ingest(p.records(300), { kids: 'any' });
  await sequenceAll(t.ledger);
});
afterEach(() => t.drop());

const sql = (text: string) => t.database.db.sql(text);

test('a sound ledger: everything is recomputed and nothing found', async () => {
  const seen: number[] = [];
  const report = await t.ledger.fsck(({ done, total }) => seen.push(done / total));
  expect(report).toMatchObject({
    ok: true,
    size: 302,
    findings: [],
    gaps: [],
    checked: { leaves: 302, signatures: 302, checkpoints: 3, disclosures: 1_506, erased: 0 },
  });
  expect(seen.at(-1)).toBe(1);
});

const FLIP = (column: string, at: number): string => `set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 1)`;

const AT = (index: number): string => `(select entry_id from leaves where idx = ${index})`;

const attacks: [string, string, { reason: FsckReason; index?: number }[]][] = [
  [
    'an edited leaf',
    `update leaf_texts set leaf = overlay(leaf placing '-' from 200 for 1) where entry_id = ${AT(123)}`,
    [{ reason: 'leaf.edited', index: 123 }, { reason: 'checkpoint.root' }],
  ],
  [
    'a deleted leaf',
    `delete from leaf_texts where entry_id = ${AT(123)}`,
    [{ reason: 'leaf.missing', index: 123 }, { reason: 'entry.orphan' }],
  ],
  [
    'a deleted place in the tree',
    `delete from leaves where idx = 123`,
    [{ reason: 'leaf.missing', index: 123 }, { reason: 'entry.orphan' }],
  ],
  [
    'two leaves swapped',
    `update leaf_texts a set leaf = b.leaf from leaf_texts b
     where (a.entry_id, b.entry_id) in ((${AT(50)}, ${AT(51)}), (${AT(51)}, ${AT(50)}))`,
    [
      { reason: 'leaf.edited', index: 50 },
      { reason: 'leaf.edited', index: 51 },
    ],
  ],
  [
    'a hash changed in a tile',
    `update tiles set hashes = ${FLIP('hashes', 32 * 7)} where level = 0 and n = 1`,
    [{ reason: 'tile.mismatch', index: 263 }],
  ],
  [
    'a hash changed in an upper tile',
    `update tiles set hashes = ${FLIP('hashes', 13)} where level = 1`,
    [{ reason: 'tile.mismatch' }],
  ],
  ['a deleted tile', `delete from tiles where level = 0 and n = 0`, [{ reason: 'tile.mismatch', index: 5 }]],
  ['an edited head', `update heads set root = sha256('x')`, [{ reason: 'head.mismatch' }]],
  [
    'an edited checkpoint root',
    `update checkpoints set root = sha256('x') where size = 302`,
    [{ reason: 'checkpoint.root' }, { reason: 'checkpoint.note' }],
  ],
  [
    'an edited note',
    `update checkpoints set note = replace(note, E'\\n302\\n', E'\\n303\\n') where size = 302`,
    [{ reason: 'checkpoint.note' }],
  ],
  [
    'a checkpoint beyond the tree',
    `insert into checkpoints select tenant, 900, root, note from checkpoints where size = 302`,
    [{ reason: 'checkpoint.root' }],
  ],
  [
    'an edited disclosure',
    `update disclosures set sealed = ${FLIP('sealed', 60)} where entry_id = 'dec_prd_1_9'`,
    [{ reason: 'disclosure.mismatch', index: 10 }],
  ],
  [
    'a deleted disclosure',
    `delete from disclosures where entry_id = 'dec_prd_1_9'`,
    [{ reason: 'disclosure.missing', index: 10 }],
  ],
  ['a deleted look-up row', `delete from entries where id = 'dec_prd_1_9'`, [{ reason: 'entry.missing', index: 10 }]],
  [
    'an edited look-up row',
    `update entries set s_hash = sha256('x') where id = 'dec_prd_1_9'`,
    [{ reason: 'entry.mismatch', index: 10 }],
  ],
  [
    'an invented key',
    `insert into record_keys select tenant, 'k_forged', public_key, role, status, 'ent_forged', 1 from record_keys limit 1`,
    [{ reason: 'key.history', index: 1 }],
  ],
  [
    'a key exchanged',
    `update record_keys set public_key = sha256('x') where role = 'producer'`,
    [{ reason: 'key.history', index: 1 }],
  ],
  [
    'a truncated tail',
    `with gone as (delete from leaves where idx >= 280) update heads set size = 280`,
    [
      { reason: 'signer.mismatch' },
      { reason: 'head.mismatch' },
      { reason: 'checkpoint.root' },
      { reason: 'entry.orphan' },
    ],
  ],
];

test.each(attacks)('finds %s', async (_, attack, findings) => {
  await sql(attack);
  const report = await t.ledger.fsck();
  expect(report.ok).toBe(false);
  for (const finding of findings) {
    const { reason, index } = finding;
    expect(report.findings).toContainEqual(
      expect.objectContaining(index === undefined ? { reason } : { reason, index }),
    );
  }
});

test('says precisely what one edit did, and no more', async () => {
  await sql(`delete from disclosures where entry_id = 'dec_prd_1_9'`);
  const report = await t.ledger.fsck();
  expect(report.findings).toHaveLength(1);
  expect(report.found).toBe(1);
  expect(report.findings[0]).toMatchObject({ index: 10, id: 'dec_prd_1_9' });
});

test('a forged entry under a key that is not valid is found although all hashes fit', async () => {
  const ledger = t.with({
    store: {
      insertRecords: (records) => t.store.insertRecords(records, []),
      readKeys: async (kids) =>
        (await t.store.readKeys(kids)).map((key) => ({ ...key, endEntryId: null, status: 'active' as const })),
    },
  });
  await t.ledger.endKey(p.kid, 'revoke');
  await ledger.ingest([p.record()], { kids: 'any' });
  await sequenceAll(t.ledger);
  expect(await t.ledger.fsck()).toMatchObject({ ok: false, findings: [{ reason: 'key.not_valid', index: 303 }] });
});

test('numbers that a producer skipped are listed, and are not findings', async () => {
  p.records(2);
  await t.ledger.ingest([p.record()], { kids: 'any' });
  p.records(1);
  await t.ledger.ingest([p.record()], { kids: 'any' });
  await sequenceAll(t.ledger);
  const report = await t.ledger.fsck();
  expect(report.ok).toBe(true);
  expect(report.gaps).toEqual([
    { producer: p.id, kid: p.kid, from: 301, to: 302 },
    { producer: p.id, kid: p.kid, from: 304, to: 304 },
  ]);
});

test('a broken chain that arrived out of order is found', async () => {
  const { seq, prev } = p;
  const item = p.record({ id: 'dec_later', seq: seq + 2, prev: Buffer.alloc(32, 3).toString('base64url') });
  await t.ledger.ingest([item], { kids: 'any' });
  Object.assign(p, { seq, prev });
  await t.ledger.ingest([p.record()], { kids: 'any' });
  await sequenceAll(t.ledger);
  expect(await t.ledger.fsck()).toMatchObject({ ok: false, findings: [{ reason: 'producer.prev', id: 'dec_later' }] });
});

test('runs beside a ledger that grows', async () => {
  const sequencer = t.ledger.startSequencer({ intervalMs: 1 });
  const growing = (async () => {
    for (let i = 0; i < 20; i += 1) await t.ledger.ingest(p.records(20), { kids: 'any' });
  })();
  const reports = [await t.ledger.fsck(), await t.ledger.fsck(), await t.ledger.fsck()];
  await growing;
  await sequencer.stop();
  for (const { findings } of reports) expect(findings).toEqual([]);
});

test('a duplicate beside the tree is checked like a leaf', async () => {
  const q = await t.producer(2);
  const [first] = await t.ledger.ingest([q.record({ id: 'dec_prd_1_7' }), q.record()], { kids: 'any' });
  expect(first?.status).toBe('duplicate');
  await sequenceAll(t.ledger);
  expect(await t.ledger.fsck()).toMatchObject({ ok: true, gaps: [], checked: { duplicates: 1 } });
  const found = async () => (await t.ledger.fsck()).findings.map(({ reason }) => reason);
  await sql(`update duplicates set id = 'dec_prd_1_8'`);
  expect(await found()).toEqual(['duplicate.edited']);
  await sql(`update duplicates set id = 'dec_prd_1_7', leaf = overlay(leaf placing '-' from 200 for 1)`);
  expect(await found()).toEqual(['duplicate.edited', 'duplicate.edited']);
  await sql(`delete from duplicates`);
  expect(await t.ledger.fsck()).toMatchObject({ ok: true, gaps: [{ producer: q.id, from: 1, to: 1 }] });
});
