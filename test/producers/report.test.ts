import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy } from '@tenet-ledger/record';
import { createStores, type Stores } from '../../src/db/index.js';
import { jointVerifySync } from '../../src/ledger/index.js';
import {
  certify,
  ChainInspector,
  reportProducer,
  verifyCertificate,
  type Certificate,
} from '../../src/producers/index.js';
import { sequenceAll, testLedger, TestProducer, testSigner, type TestLedger } from '../support/ledger.js';
import { capture, chainOf, closed, inspect } from './chains.js';

describe('what can be shown of a chain', () => {
  test('closed and whole: COMPLETE, with nothing to explain', () => {
    const { entries, values } = closed(chainOf(5));
    expect(inspect(entries, values)).toMatchObject({
      verdict: 'complete',
      missing: 0,
      reasons: [],
      entries: 6,
      decisions: 5,
      closed: { seq: 6 },
    });
  });

  test('without a closing entry: OPEN, and what cannot be known is said', () => {
    const report = inspect(chainOf(5));
    expect(report).toMatchObject({ verdict: 'open', closed: null });
    expect(report.reasons).toEqual([
      'no closing entry: it still runs, was cut off, or its last records wait in its spool; what came after number 5 cannot be known',
    ]);
  });

  test('any numbers that are left out are found, each of them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }), (lost) => {
        const { entries, values } = closed(chainOf(40));
        const report = inspect(
          entries.filter(({ seq }) => !lost.includes(seq)),
          values,
        );
        expect(report.missing).toBe(lost.length);
        expect(report.verdict).toBe(lost.length === 0 ? 'complete' : 'gaps');
        const found = report.gaps.flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, at) => from + at),
        );
        expect(found).toEqual([...lost].sort((a, b) => a - b));
      }),
    );
  });

  test('an entry that names another one before it breaks the chain', () => {
    const { entries, values } = closed(chainOf(5));
    const broken = entries.map((entry) => (entry.seq === 3 ? { ...entry, prev: 'h9' } : entry));
    expect(inspect(broken, values)).toMatchObject({ verdict: 'broken', breaks: [{ seq: 3 }] });
  });

  test('a number that was used twice breaks it too', () => {
    const { entries, values } = closed(chainOf(5));
    expect(inspect(entries, values, 2).reasons).toEqual(['2 times other bytes were sent for a number already used']);
  });

  test('what its own closing entry contradicts is broken', () => {
    const { entries, values } = closed(chainOf(5), { records: 7 });
    expect(inspect(entries, values)).toMatchObject({ verdict: 'broken' });
    const more = { ...chainOf(7)[6]!, prev: 'h6' };
    expect(inspect([...closed(chainOf(5)).entries, more], closed(chainOf(5)).values).reasons.join()).toContain(
      'entries follow the closing one',
    );
  });

  test('signed drops are counted once, by their newest total', () => {
    const first = capture(chainOf(3), 'capture.dropped', { dropped: 4, policy: 'drop-newest' });
    const second = capture([...chainOf(3), first.entry], 'capture.dropped', { dropped: 9, policy: 'too-large' });
    const chain = [...chainOf(3), first.entry, second.entry];
    const end = closed(chain, { dropped: 9 });
    const values = new Map([...end.values, [first.entry.id, first.values], [second.entry.id, second.values]]);
    expect(inspect(end.entries, values)).toMatchObject({
      verdict: 'dropped',
      dropped: 9,
      dropPolicies: ['drop-newest', 'too-large'],
    });
  });

  test('sampling is said with its figures', () => {
    const sampled = capture(chainOf(2), 'capture.sampled', {
      type: 'ad.rank',
      rate: 0.1,
      reason: 'volume',
      seen: 50,
      kept: 6,
    });
    const end = closed([...chainOf(2), sampled.entry]);
    const report = inspect(end.entries, new Map([...end.values, [sampled.entry.id, sampled.values]]));
    expect(report).toMatchObject({ verdict: 'sampled', sampled: [{ type: 'ad.rank', kept: 6 }] });
    expect(report.reasons).toEqual(['ad.rank was sampled at 0.1 (volume): 6 of 50 kept']);
  });

  test('numbers that were answered as duplicates are neither gaps nor entries, and hold the chain together', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }), (again) => {
        const { entries, values } = closed(chainOf(40));
        const told = entries.map((one) => (again.includes(one.seq) ? { ...one, index: null, duplicate: true } : one));
        expect(inspect(told, values)).toMatchObject({
          verdict: 'complete',
          entries: 41 - again.length,
          decisions: 40 - again.length,
          queued: 0,
          duplicates: again.length,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('an erased capture entry leaves it open: its count is gone', () => {
    const { entries } = closed(chainOf(2));
    expect(inspect(entries)).toMatchObject({ verdict: 'open' });
  });

  test('the worst that was found is the verdict, and every reason stays', () => {
    const report = inspect(
      chainOf(5).filter(({ seq }) => seq !== 2),
      new Map(),
      1,
    );
    expect(report.verdict).toBe('broken');
    expect(report.reasons).toHaveLength(3);
  });

  test('no entry is no report', () => {
    expect(new ChainInspector().report({ producer: 'p', kid: 'k', conflicts: 0 }, new Map())).toBeNull();
  });
});

describe('over a ledger', () => {
  let t: TestLedger;
  let stores: Stores;
  beforeAll(async () => {
    t = await testLedger();
    stores = createStores(t.platform);
  });
  afterAll(() => t.drop());

  const report = async (producer: string) => {
    const [row] = await stores.producers.list({ producer, session: null, agent: null, limit: 5 });
    if (row === undefined) throw new Error('no such producer');
    return reportProducer({ store: stores.producers, ledger: t.ledger }, row);
  };
  const end = (seq: number) => ({
    kind: 'capture' as const,
    type: 'capture.closed',
    fields: [
      { path: '/capture/records', value: seq },
      { path: '/capture/dropped', value: 0 },
      { path: '/capture/session', value: 'ses_c' },
    ],
  });

  test('a producer that ended cleanly, with a certificate that holds its leaves and proofs', async () => {
    const producer = await t.producer(31);
    const records = producer.records(3, { session: 'ses_c' });
    await t.ledger.ingest([...records, producer.record(end(3))], { kids: 'any' });
    const pending = await report(producer.id);
    expect(pending).toMatchObject({ verdict: 'open', queued: 4 });
    const deps = { store: stores.producers, ledger: t.ledger, log: t.platform.log };
    await expect(certify(deps, pending!)).rejects.toMatchObject({ code: 'ledger.pending' });
    await sequenceAll(t.ledger);
    const done = await report(producer.id);
    expect(done).toMatchObject({ verdict: 'complete', entries: 4, sessions: ['ses_c'], agents: ['underwriter@1.0.0'] });
    const certificate = await certify(deps, done!);
    expect(certificate.entries).toHaveLength(4);
    const policy = parsePolicy(t.platform.policy());
    const check = (change: (copy: Certificate) => unknown) =>
      verifyCertificate(change(JSON.parse(JSON.stringify(certificate)) as Certificate), policy, jointVerifySync);
    expect(check((same) => same)).toMatchObject({
      valid: true,
      problems: [],
      report: { verdict: 'complete', entries: 4 },
    });

    // Whatever is left out, moved or claimed is found by who has the policy alone.
    const without = check((copy) => ({ ...copy, entries: copy.entries.filter((_, at) => at !== 1) }));
    expect(without).toMatchObject({ valid: false, report: { verdict: 'gaps', missing: 1 } });
    expect(check((copy) => ({ ...copy, entries: copy.entries.slice(0, 3) }))).toMatchObject({
      valid: false,
      report: { verdict: 'open' },
    });
    expect(check((copy) => ({ ...copy, entries: [...copy.entries].reverse() })).valid).toBe(false);
    expect(
      check((copy) => ({
        ...copy,
        entries: copy.entries.map((one) => ('index' in one ? { ...one, index: one.index + 1 } : one)),
      })).valid,
    ).toBe(false);
    const forged = testSigner(99);
    const other = new TestProducer(forged, producer.id);
    const leaf = other.record({ session: 'ses_c' }).leaf;
    const swapped = check((copy) => ({
      ...copy,
      entries: copy.entries.map((one, at) => (at === 0 ? { ...one, leaf } : one)),
    }));
    expect(swapped.problems.join('\n')).toContain('the signature of number 1 does not verify');
    expect(check((copy) => ({ ...copy, key: { ...copy.key, leaf } })).problems).toEqual([
      'not a certificate: the entry of its key is not signed by the root key',
    ]);
    const nobody = parsePolicy(t.platform.policy().replace(/^root .*$/m, ''));
    expect(verifyCertificate(certificate, nobody, jointVerifySync).valid).toBe(false);
    for (const nothing of [null, 7, {}, { v: 1 }, { ...certificate, entries: [] }, { ...certificate, entries: [{}] }])
      expect(verifyCertificate(nothing, policy, jointVerifySync)).toMatchObject({ valid: false, report: null });
  });

  test('a number that never arrived', async () => {
    const producer = await t.producer(32);
    const [first, , third] = producer.records(3, { session: 'ses_g' });
    await t.ledger.ingest([first!, third!], { kids: 'any' });
    expect(await report(producer.id)).toMatchObject({ verdict: 'gaps', missing: 1, gaps: [{ from: 2, to: 2 }] });
  });

  test('a successor that overtook its predecessor and names another one', async () => {
    const producer = await t.producer(33);
    const first = producer.record({ session: 'ses_b' });
    const stray = producer.record({ session: 'ses_b', seq: 2, prev: 'A'.repeat(43) });
    await t.ledger.ingest([stray], { kids: 'any' });
    await t.ledger.ingest([first], { kids: 'any' });
    expect(await report(producer.id)).toMatchObject({ verdict: 'broken', breaks: [{ seq: 2 }] });
  });

  test('a decision that another process had recorded is answered duplicate, and leaves no gap', async () => {
    const [first, again] = [await t.producer(34), await t.producer(35)];
    const same = { id: 'dec_keyed', session: 'ses_d' };
    await t.ledger.ingest([first.record(same)], { kids: 'any' });
    const chain = [again.record({ session: 'ses_d' }), again.record(same), again.record({ session: 'ses_d' })];
    const last = again.record(end(3));
    const answers = await t.ledger.ingest([...chain, last], { kids: 'any' });
    expect(answers.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'accepted', 'accepted']);
    await sequenceAll(t.ledger);
    const done = await report(again.id);
    expect(done).toMatchObject({ verdict: 'complete', entries: 3, decisions: 2, missing: 0, duplicates: 1 });
    expect(done?.duplicateNumbers).toMatchObject([{ seq: 2, id: 'dec_keyed', index: null }]);

    const deps = { store: stores.producers, ledger: t.ledger, log: t.platform.log };
    const certificate = await certify(deps, done!);
    const policy = parsePolicy(t.platform.policy());
    const check = (change: (copy: Certificate) => unknown) =>
      verifyCertificate(change(JSON.parse(JSON.stringify(certificate)) as Certificate), policy, jointVerifySync);
    expect(check((same) => same)).toMatchObject({ valid: true, report: { verdict: 'complete', duplicates: 1 } });
    expect(check((copy) => ({ ...copy, entries: copy.entries.filter((_, at) => at !== 1) }))).toMatchObject({
      valid: false,
      report: { verdict: 'gaps' },
    });
    // Neither another entry of the log nor the duplicate itself can stand for the one that was kept.
    const [one, two, ...rest] = certificate.entries;
    const claim = (duplicateOf: unknown) =>
      check((copy) => ({ ...copy, entries: [one, { ...two, duplicateOf }, ...rest] })).problems.join('\n');
    expect(claim(one)).toContain('is called a duplicate of dec_prd_35_1');
    expect(claim({ ...one, leaf: two?.leaf })).toContain('it is the entry itself');
    const forged = new TestProducer(testSigner(98), again.id);
    const leaf = forged.record({ ...same, seq: 2, prev: again.prev! }).leaf;
    expect(check((copy) => ({ ...copy, entries: [one, { ...two, leaf }, ...rest] })).problems.join('\n')).toContain(
      'the signature of number 2 does not verify',
    );
  });

  test('a process that only repeated what others recorded has a report of its own', async () => {
    const again = await t.producer(36);
    await t.ledger.ingest([again.record({ id: 'dec_keyed', session: 'ses_d' })], { kids: 'any' });
    expect(await report(again.id)).toMatchObject({ verdict: 'open', entries: 0, duplicates: 1, missing: 0 });
  });

  test('is found by session and by agent, name or name@version', async () => {
    const list = (filter: { session?: string; agent?: string }) =>
      stores.producers
        .list({ producer: null, session: null, agent: null, limit: 10, ...filter })
        .then((rows) => rows.map(({ producer }) => producer));
    expect(await list({ session: 'ses_g' })).toEqual(['prd_32']);
    expect(await list({ agent: 'underwriter' })).toEqual(expect.arrayContaining(['prd_31', 'prd_32', 'prd_33']));
    expect(await list({ agent: 'underwriter@1.0.0', session: 'ses_c' })).toEqual(['prd_31']);
    expect(await list({ agent: 'under' })).toEqual([]);
  });
});
