import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sequenceAll, testLedger, type TestLedger, type TestProducer } from '../support/ledger.js';

let t: TestLedger;
let p: TestProducer;
beforeEach(async () => {
  t = await testLedger();
  p = await t.producer();
});
afterEach(() => t.drop());

const post = async (count: number, options: Parameters<TestProducer['record']>[0] = {}): Promise<string[]> => {
  const items = p.records(count, options);
  await t.ledger.ingest(items, { kids: 'any' });
  await sequenceAll(t.ledger);
  return items.map(({ id }) => id);
};
const edit = (sql: string, values: readonly unknown[] = []) => t.database.db.sql(sql, values);

test('entries come back in the order asked, unknown ids left out, with every disclosed value', async () => {
  const ids = await post(600);
  const asked = [ids[599]!, 'dec_unknown', ids[0]!, ids[300]!];
  const views = await t.ledger.readDecisions(asked);
  expect(views.map(({ id }) => id)).toEqual([ids[599], ids[0], ids[300]]);
  expect(views.map(({ idx }) => idx)).toEqual([601, 2, 302]);
  expect([...views[0]!.fields.keys()].sort()).toEqual(Object.keys(views[0]!.entry.fields).sort());
  const opened = await t.ledger.openDisclosures(asked);
  expect([...opened.keys()].sort()).toEqual([ids[599]!, ids[0]!, ids[300]!].sort());
  expect(opened.get(ids[0]!)?.disclosures).toHaveLength(5);
});

describe('an edited row is an integrity violation', () => {
  test('a leaf', async () => {
    const [id] = await post(3);
    await edit(`update leaf_texts set leaf = overlay(leaf placing '-' from 60 for 1) where entry_id = $1`, [id]);
    await expect(t.ledger.readEntries([id!])).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
    await expect(t.ledger.readDecisions([id!])).rejects.toMatchObject({ kind: 'IntegrityViolation' });
  });

  test('leaves that were swapped', async () => {
    const [a, b] = await post(2);
    const swap = `update leaf_texts x set leaf = y.leaf from leaf_texts y where x.entry_id = $1 and y.entry_id = $2`;
    await edit(swap, [a, b]);
    await expect(t.ledger.readEntries([a!])).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
  });

  test('ids that were swapped', async () => {
    const [a, b] = await post(2);
    await edit(`update leaves set entry_id = case entry_id when $1 then 'x' else $1 end where entry_id in ($1, $2)`, [
      a,
      b,
    ]);
    await expect(t.ledger.readEntries([a!])).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
  });

  test('a queued leaf', async () => {
    const item = p.record();
    await t.ledger.ingest([item], { kids: 'any' });
    await edit(`update leaf_texts set leaf = leaf || ' ' where entry_id = $1`, [item.id]);
    await expect(t.ledger.readEntries([item.id])).rejects.toMatchObject({ code: 'ledger.root_mismatch' });
  });

  test('sealed disclosures', async () => {
    const [id] = await post(1);
    await edit(`update disclosures set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where entry_id = $1`, [
      id,
    ]);
    await expect(t.ledger.readDecisions([id!])).rejects.toMatchObject({ code: 'ledger.disclosure' });
    await expect(t.ledger.openDisclosures([id!])).rejects.toMatchObject({ code: 'ledger.disclosure' });
  });

  test('sealed disclosures moved to another entry', async () => {
    const [a, b] = await post(2);
    await edit(
      `update disclosures x set sealed = y.sealed, key_id = y.key_id from disclosures y where x.entry_id = $1 and y.entry_id = $2`,
      [a, b],
    );
    await expect(t.ledger.readDecisions([a!])).rejects.toMatchObject({ code: 'ledger.disclosure' });
  });
});

describe('erasure', () => {
  test('one subject is erased, the others and every proof stay', async () => {
    const gone = await post(5, { subject: 'sub_gone' });
    const kept = await post(5, { subject: 'sub_kept' });
    const before = await t.ledger.latestCheckpoint();
    const erased = await t.ledger.eraseSubject({ subject: 'sub_gone', basis: 'GDPR Art. 17, request 12' });
    expect(erased.entries).toEqual(gone);
    await sequenceAll(t.ledger);
    const views = await t.ledger.readDecisions([...gone, ...kept]);
    expect(views.map((view) => view.erased)).toEqual([
      ...Array<boolean>(5).fill(true),
      ...Array<boolean>(5).fill(false),
    ]);
    expect(views[0]?.fields.size).toBe(0);
    expect(await t.ledger.readEntries(gone)).toHaveLength(5);
    expect((await t.ledger.openDisclosures(gone)).size).toBe(0);
    expect(await edit('select entry_id from disclosures where entry_id = any($1)', [gone])).toEqual([]);
    expect(await t.ledger.consistency(before?.size ?? 0, (await t.ledger.latestCheckpoint())?.size ?? 0)).not.toEqual(
      [],
    );
    expect(await t.ledger.fsck()).toMatchObject({ ok: true, checked: { erased: 5 } });
    expect(await t.ledger.linkedFrom(gone[0]!, 'erases')).toEqual(erased.erasures);
  });

  test('more entries than one erasure entry can name are stated in several', async () => {
    const ids = await post(130, { subject: 'sub_many' });
    const { erasures, entries } = await t.ledger.eraseSubject({ subject: 'sub_many', basis: 'test' });
    expect(erasures).toHaveLength(3);
    expect(entries).toHaveLength(ids.length);
    expect(await t.ledger.eraseSubject({ subject: 'sub_many', basis: 'test' })).toEqual({ erasures: [], entries: [] });
  });

  test('a destroyed key alone makes the fields missing, and fsck asks for the erasure entry', async () => {
    const [id] = await post(1, { subject: 'sub_silent' });
    const keys = await t.platform.keyStore.ensure(t.platform.tenant, ['sub_silent']);
    await t.platform.keyStore.destroy(keys.get('sub_silent')!.keyId);
    expect((await t.ledger.readDecisions([id!]))[0]).toMatchObject({ erased: true });
    expect(await t.ledger.fsck()).toMatchObject({ ok: false, findings: [{ reason: 'disclosure.missing', id }] });
  });

  test('a subject can come back after its erasure', async () => {
    await post(1, { subject: 'sub_back' });
    await t.ledger.eraseSubject({ subject: 'sub_back', basis: 'test' });
    const [id] = await post(1, { subject: 'sub_back' });
    expect((await t.ledger.readDecisions([id!]))[0]).toMatchObject({ erased: false });
  });
});

describe('listing', () => {
  test('pages newest first, each entry once, filtered by session, agent and type', async () => {
    const ids = await post(25, { session: 'ses_list' });
    await post(3, { session: 'ses_other' });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Awaited<ReturnType<typeof t.ledger.listDecisions>> = await t.ledger.listDecisions({
        session: 'ses_list',
        limit: 10,
        ...(cursor === '' ? {} : { cursor }),
      });
      seen.push(...page.ids);
      cursor = page.cursor;
    }
    expect(seen).toEqual([...ids].reverse());
    expect((await t.ledger.listDecisions({})).ids).toHaveLength(28);
    expect((await t.ledger.listDecisions({ agent: 'underwriter' })).ids).toHaveLength(28);
    expect((await t.ledger.listDecisions({ agent: 'underwriter@1.0.0', type: 'loan.approve' })).ids).toHaveLength(28);
    expect((await t.ledger.listDecisions({ agent: 'under' })).ids).toEqual([]);
    expect((await t.ledger.listDecisions({ kind: 'key' })).ids).toHaveLength(2);
    await expect(t.ledger.listDecisions({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'input.invalid' });
  });
});

describe('the platform as producer', () => {
  const entry = (id?: string) => ({
    kind: 'run' as const,
    type: 'run.manifest',
    ...(id === undefined ? {} : { id }),
    fields: [{ path: '/cohort', value: 'coh_1' }],
    links: [{ rel: 'cohort', id: 'coh_1' }],
  });

  test('concurrent appends make one chain without gaps', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => t.ledger.append([entry(`run_${i}`), entry()])));
    await sequenceAll(t.ledger);
    const report = await t.ledger.fsck();
    expect(report).toMatchObject({ ok: true, gaps: [] });
    expect(await t.ledger.linkedFrom('coh_1', 'cohort')).toHaveLength(60);
    expect(await t.ledger.linkedFrom('coh_1', 'other')).toEqual([]);
  });

  test('the same id again gives the stored submission back', async () => {
    const [first] = await t.ledger.append([entry('run_same')]);
    const [again, fresh] = await t.ledger.append([entry('run_same'), entry('run_new')]);
    expect(again).toEqual(first);
    expect(fresh?.id).toBe('run_new');
    await sequenceAll(t.ledger);
    expect(await t.ledger.fsck()).toMatchObject({ ok: true, gaps: [] });
  });

  test('two processes that append the same id end with one entry', async () => {
    const ledgers = Array.from({ length: 4 }, () => t.with({}));
    const all = await Promise.all(ledgers.map((ledger) => ledger.append([entry('run_raced'), entry()])));
    expect(new Set(all.map(([first]) => first?.submission.leaf)).size).toBe(1);
    await sequenceAll(t.ledger);
    expect(await t.ledger.fsck()).toMatchObject({ ok: true });
  });

  test('after a failure whose outcome is unknown, another chain begins', async () => {
    let fail = true;
    const flaky = t.with({
      store: {
        insertRecords: async (records, kids) => {
          const inserted = await t.store.insertRecords(records, kids);
          if (fail) throw new Error('the connection went away after the commit');
          return inserted;
        },
      },
    });
    await expect(flaky.append([entry('run_unsure')])).rejects.toThrow('went away');
    fail = false;
    await flaky.append([entry('run_next')]);
    const [again] = await flaky.append([entry('run_unsure')]);
    expect(again?.id).toBe('run_unsure');
    await sequenceAll(t.ledger);
    expect(await t.ledger.fsck()).toMatchObject({ ok: true, gaps: [] });
    const [a, b] = await t.ledger.readEntries(['run_unsure', 'run_next']);
    expect(a?.entry.producer.id).not.toBe(b?.entry.producer.id);
  });

  test('an entry that does not fit the format is refused before anything is stored', async () => {
    await expect(t.ledger.append([{ ...entry(), type: 'a\nb' }])).rejects.toMatchObject({ code: 'record.invalid' });
    await expect(t.ledger.append([{ ...entry(), kind: 'key' }])).rejects.toMatchObject({ code: 'record.key_role' });
    await t.ledger.append([entry()]);
    await sequenceAll(t.ledger);
    expect(await t.ledger.fsck()).toMatchObject({ ok: true, gaps: [] });
  });
});
