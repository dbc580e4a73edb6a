import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePolicy, toBase64, verifyBundle, type BundleVerdict } from '@tenet-ledger/record';
import { planExport } from '../../src/cli/commands/decisionExport.js';
import { createStores } from '../../src/db/index.js';
import { resultsTree, type LaneName } from '../../src/replay/index.js';
import { done, startRun } from '../db/replaySupport.js';
import { sequenceAll, testLedger, TENANT, type TestLedger } from '../support/ledger.js';

/** A gate over five decisions of five people, signed; then one of them is erased. */
const GATE = 'gate_erased';
const REPEATS = 2;

let t: TestLedger;
let open: Parameters<typeof planExport>[0];
let ids: string[];
let erased: string;
let other: string;

beforeAll(async () => {
  t = await testLedger();
  const stores = createStores(t.platform);
  open = { platform: t.platform, stores, signal: new AbortController().signal };
  const producer = await t.producer();
  const items = ['a', 'b', 'c', 'd', 'e'].map((who) => producer.record({ subject: `sub_${who}` }));
  ids = items.map(({ id }) => id);
  [erased, other] = [ids[2]!, ids[3]!];
  await t.ledger.ingest(items, { kids: 'any' });
  const lane = async (of: LaneName): Promise<string> => {
    const run = await startRun({ stores, tenant: TENANT }, ids, { lane: of, repeats: REPEATS });
    await t.ledger.append([{ kind: 'run', type: 'run.manifest', id: run.id, fields: [{ path: '/seed', value: 1 }] }]);
    for (let repeat = 1; repeat <= REPEATS; repeat += 1) {
      await stores.replay.store(
        run,
        repeat,
        ids.map((id) => done(id)),
      );
    }
    return run.id;
  };
  await stores.gates.save({ id: GATE, policy: {}, candidate: 'underwriter@1.1.0', baseline: 'underwriter@1.0.0' });
  const [controlRun, candidateRun] = [await lane('control'), await lane('candidate')];
  const runs = await Promise.all([controlRun, candidateRun].map((id) => stores.runs.get(id)));
  const hashes = await Promise.all(runs.flatMap((run) => (run ? [stores.replay.hashes(run)] : [])));
  const { root, size } = resultsTree(hashes.flat());
  await t.ledger.append([
    {
      kind: 'verdict',
      type: 'gate.verdict',
      id: 'ver_erased',
      links: [controlRun, candidateRun].map((id) => ({ rel: 'manifest', id })),
      fields: [
        { path: '/resultsRoot', value: toBase64(root) },
        { path: '/resultsSize', value: size },
      ],
    },
  ]);
  await stores.gates.update(GATE, { controlRun, candidateRun, verdictEntry: 'ver_erased', status: 'fail' });
  await t.ledger.eraseSubject({ subject: 'sub_c', basis: 'request 9' });
  await sequenceAll(t.ledger);
});
afterAll(() => t.drop());

async function exported(decision: string): Promise<{ verdict: BundleVerdict; rows: number }> {
  const { request, rows } = await planExport(open, decision, { gate: GATE }, undefined);
  const bundle = await t.ledger.exportBundle(request);
  return { verdict: verifyBundle(bundle, { policy: parsePolicy(t.platform.policy()) }), rows };
}

test('the decision of another member of the cohort exports with its rows under the signed root', async () => {
  const { verdict, rows } = await exported(other);
  expect(verdict.reasons).toEqual([]);
  expect(verdict.label).toBe('SELF-ATTESTED');
  expect(rows).toBe(2 * REPEATS);
  expect(verdict.rows.map(({ row }) => (row as { decision: string }).decision)).toEqual(
    Array.from({ length: rows }, () => other),
  );
  expect(verdict.fields.every(({ status }) => status === 'DISCLOSED')).toBe(true);
});

test('the erased decision exports with its fields ERASED, its verdict, and no row', async () => {
  const { verdict, rows } = await exported(erased);
  expect(verdict.reasons).toEqual([]);
  expect(verdict.label).toBe('SELF-ATTESTED');
  expect(rows).toBe(0);
  expect(new Set(verdict.fields.map(({ status }) => status))).toEqual(new Set(['ERASED']));
  expect(verdict.related.map(({ entry }) => entry.id)).toContain('ver_erased');
});

test('a decision outside the cohort is refused', async () => {
  const later = (await t.producer(2)).record();
  await t.ledger.ingest([later], { kids: 'any' });
  await sequenceAll(t.ledger);
  await expect(planExport(open, later.id, { gate: GATE }, undefined)).rejects.toMatchObject({
    code: 'input.invalid',
    details: { field: '--gate' },
  });
});
