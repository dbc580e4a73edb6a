import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  canonicalize,
  leafHash,
  parseBundle,
  parsePolicy,
  parseReceipt,
  rootOf,
  toBase64,
  utf8,
  verifyBundle,
  type BundleVerdict,
} from '@tenet-ledger/record';
import type { BundleRows } from '../../src/ledger/index.js';
import { sequenceAll, testLedger, type TestLedger, type TestProducer } from '../support/ledger.js';

let t: TestLedger;
let p: TestProducer;
let ids: string[];
let kept: string;
const rows = Array.from({ length: 9 }, (_, i) => ({
  lane: 'candidate',
  repeat: 1 + (i % 3),
  decision: `dec_prd_1_${i}`,
  outcome: 'deny',
}));
const texts = rows.map((row) => canonicalize(row));
const hashes = texts.map((text) => leafHash(utf8(text)));
const verdictId = 'gate_1.verdict';
const rowsOf = (decision: string): BundleRows => ({
  verdictId,
  hashes,
  carried: rows.flatMap((row, index) => (row.decision === decision ? [{ index, text: texts[index] ?? '' }] : [])),
});

beforeAll(async () => {
  t = await testLedger();
  p = await t.producer();
  const items = p.records(300);
  ids = items.map(({ id }) => id);
  await t.ledger.ingest(items, { kids: 'any' });
  await sequenceAll(t.ledger);
  const checkpoint = await t.ledger.latestCheckpoint();
  kept = checkpoint?.note ?? '';
  const after = checkpoint ? { size: checkpoint.size, root: toBase64(checkpoint.root) } : undefined;
  const later = p.record({ id: 'dec_later', subject: 'sub_a', after });
  await t.ledger.ingest([later], { kids: 'any' });
  const root = toBase64(rootOf(hashes));
  await t.ledger.append([
    { kind: 'run', type: 'run.manifest', id: 'run_1', fields: [{ path: '/seed', value: 41 }] },
    {
      kind: 'verdict',
      type: 'gate.verdict',
      id: verdictId,
      links: [{ rel: 'manifest', id: 'run_1' }],
      fields: [
        { path: '/resultsRoot', value: root },
        { path: '/resultsSize', value: rows.length },
        { path: '/status', value: 'fail' },
      ],
    },
  ]);
  await sequenceAll(t.ledger);
});
afterAll(() => t.drop());

const verify = (bundle: string, note?: string): BundleVerdict =>
  verifyBundle(bundle, { policy: parsePolicy(t.platform.policy()), ...(note === undefined ? {} : { kept: note }) });

test('a decision with its verdict, manifest and rows verifies offline against the policy', async () => {
  const bundle = await t.ledger.exportBundle({
    entryId: ids[4]!,
    related: [verdictId, 'run_1'],
    rows: rowsOf(ids[4]!),
  });
  const verdict = verify(bundle);
  expect(verdict.reasons).toEqual([]);
  expect(verdict.label).toBe('SELF-ATTESTED');
  expect(verdict.entry).toMatchObject({ id: ids[4], index: 6 });
  expect(verdict.rows.map(({ row }) => row)).toEqual(rows.filter(({ decision }) => decision === ids[4]));
  expect(verdict.related.map(({ entry }) => entry.id).sort()).toEqual([verdictId, 'run_1'].sort());
  expect(verdict.fields.every(({ status }) => status === 'DISCLOSED')).toBe(true);
});

test('with a checkpoint the auditor kept, it is LOGGED', async () => {
  const size = Number(kept.split('\n')[1]);
  const bundle = await t.ledger.exportBundle({ entryId: ids[0]!, consistencyFrom: [size] });
  expect(verify(bundle, kept).label).toBe('LOGGED');
  expect(parseBundle(bundle).consistency).toHaveLength(1);
});

test('a chosen field is disclosed, the others are withheld', async () => {
  const verdict = verify(await t.ledger.exportBundle({ entryId: ids[1]!, disclose: ['/decision/outcome'] }));
  expect(verdict.label).toBe('SELF-ATTESTED');
  const disclosed = verdict.fields.filter(({ status }) => status === 'DISCLOSED');
  expect(disclosed).toEqual([{ path: '/decision/outcome', status: 'DISCLOSED', value: 'approve' }]);
  await expect(t.ledger.exportBundle({ entryId: ids[1]!, disclose: ['/nope'] })).rejects.toMatchObject({
    code: 'input.invalid',
  });
});

test('the checkpoint a record cites bounds its time from below', async () => {
  const verdict = verify(await t.ledger.exportBundle({ entryId: 'dec_later' }));
  expect(verdict.notEarlierThan).toBe(302);
});

test('an erased entry verifies with its fields ERASED by the erasure entry', async () => {
  const { erasures } = await t.ledger.eraseSubject({ subject: 'sub_a', basis: 'request 7' });
  await sequenceAll(t.ledger);
  const verdict = verify(await t.ledger.exportBundle({ entryId: 'dec_later' }));
  expect(verdict.label).toBe('SELF-ATTESTED');
  const index = (await t.ledger.waitLogged(erasures, { timeoutMs: 1_000 })).get(erasures[0]!);
  expect(new Set(verdict.fields.map(({ status, erasedBy }) => `${status} ${erasedBy}`))).toEqual(
    new Set([`ERASED ${index}`]),
  );
});

test('a record from before the revocation of its key stays valid, and the bundle shows the end', async () => {
  const q = await t.producer(2);
  const item = q.record();
  await t.ledger.ingest([item], { kids: 'any' });
  await sequenceAll(t.ledger);
  await t.ledger.endKey(q.kid, 'revoke');
  const bundle = await t.ledger.exportBundle({ entryId: item.id });
  expect(parseBundle(bundle).keys).toHaveLength(2);
  const verdict = verify(bundle);
  expect(verdict.label).toBe('SELF-ATTESTED');
  expect(verdict.checks.some(({ detail }) => detail.includes('ended at index'))).toBe(true);
});

describe('does not verify', () => {
  test('after a byte was changed anywhere', async () => {
    const bundle = await t.ledger.exportBundle({ entryId: ids[2]!, disclose: [] });
    for (let at = 0; at < bundle.length; at += 97) {
      const changed = bundle.slice(0, at) + (bundle[at] === 'A' ? 'B' : 'A') + bundle.slice(at + 1);
      expect(verify(changed).label, `byte ${at}`).toBe('INVALID');
    }
  });

  test('against a checkpoint of another history', async () => {
    const other = await testLedger();
    try {
      const bundle = await other.ledger.exportBundle({
        entryId: (await other.ledger.listDecisions({ kind: 'key' })).ids[0]!,
      });
      expect(verify(bundle).label).toBe('INVALID');
    } finally {
      await other.drop();
    }
  });
});

describe('is not made', () => {
  test('for an unknown entry, an entry not logged yet, or a size that does not exist', async () => {
    await expect(t.ledger.exportBundle({ entryId: 'dec_nobody' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(t.ledger.exportBundle({ entryId: ids[0]!, related: ['nobody'] })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(t.ledger.exportBundle({ entryId: ids[0]!, consistencyFrom: [1e9] })).rejects.toMatchObject({
      code: 'input.invalid',
    });
    const queued = p.record();
    await t.ledger.ingest([queued], { kids: 'any' });
    await expect(t.ledger.exportBundle({ entryId: queued.id })).rejects.toMatchObject({ code: 'ledger.pending' });
    await sequenceAll(t.ledger);
  });

  test('from rows that are not those the verdict signed', async () => {
    const refused = { code: 'input.invalid', details: { field: 'rows' } };
    const made = rowsOf(ids[4]!);
    const attempt = (rows: Partial<BundleRows>): Promise<string> =>
      t.ledger.exportBundle({ entryId: ids[4]!, related: [verdictId], rows: { ...made, ...rows } });
    const other = leafHash(utf8('another row'));
    await expect(attempt({ hashes: hashes.map((hash, i) => (i === 3 ? other : hash)) })).rejects.toMatchObject(refused);
    await expect(attempt({ hashes: hashes.slice(1) })).rejects.toMatchObject(refused);
    const changed = made.carried.map(({ index, text }) => ({ index, text: text.replace('deny', 'approve') }));
    await expect(attempt({ carried: changed })).rejects.toMatchObject(refused);
    await expect(attempt({ carried: [{ index: 99, text: texts[0]! }] })).rejects.toMatchObject(refused);
    await expect(attempt({ carried: rowsOf(ids[5]!).carried })).rejects.toMatchObject(refused);
  });
});

test('receipts are tlog-proofs under the newest or a named checkpoint', async () => {
  const receipt = parseReceipt(await t.ledger.receipt(5));
  expect(receipt.index).toBe(5);
  expect(receipt.checkpoint).toBe((await t.ledger.latestCheckpoint())?.note);
  expect(parseReceipt(await t.ledger.receipt(5, 302)).checkpoint).toBe(kept);
  await expect(t.ledger.receipt(5, 303)).rejects.toMatchObject({ code: 'not_found' });
  await expect(t.ledger.receipt(1e6)).rejects.toMatchObject({ code: 'not_found' });
});
