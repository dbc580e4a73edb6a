import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '@tenet-ledger/record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInquiryActivities } from '../../activities/inquiry/createInquiryActivities.js';
import { askStep, folderFiles, giveRelease, verifyPackage, type InquiryCase } from '../../src/inquiry/index.js';
import { verifySync } from '../../src/ledger/index.js';
import { personRef } from '../../src/people/index.js';
import { ada, ben, cyd, openOffice, query, type Office } from './support.js';

let office: Office;
let seed = 0;

beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

/** Records about somebody new, logged. */
async function records(count: number, subject = `tag_${(seed += 1)}`): Promise<string> {
  const producer = await office.t.producer((seed += 1));
  const made = producer.records(count, { subject });
  await office.t.ledger.ingest(made, { kids: 'any' });
  await office.t.ledger.waitLogged([made.at(-1)?.id ?? ''], { timeoutMs: 10_000 });
  return subject;
}

/** A case that two people may approve. */
async function reviewed(subject: string): Promise<InquiryCase> {
  const { id } = await office.open({ reference: subject });
  await office.step(id, 'scope', { query: query({ subject }), reason: null });
  await office.step(id, 'collect', { replays: [] });
  const redactions = [{ path: '/reasoning/0', ground: 'trade-secret', reason: 'weights', entry: null }];
  return office.step(id, 'review', { redactions, note: null });
}

describe('a case', () => {
  test('opened twice by the same letter is one; a day that is still to come is refused', async () => {
    const first = await office.open({ reference: 'twice' });
    expect((await office.open({ reference: 'twice' })).id).toBe(first.id);
    await expect(office.open({ receivedOn: '2099-01-01' })).rejects.toThrow(/cannot have been received on 2099-01-01/);
  });

  test('whose time had passed when it was opened says so, is not extended, and is delivered late', async () => {
    const subject = await records(1);
    const { id, clock } = await office.open({ receivedOn: '2026-01-02', reference: subject });
    expect(clock).toMatchObject({ dueOn: '2026-02-02', reminders: [{ id: 'passed' }] });
    await expect(office.step(id, 'extend', { reason: 'many', statedOn: null })).rejects.toMatchObject({
      code: 'inquiry.state',
      message: 'its time passed on 2026-02-02',
    });
    const told = await createInquiryActivities(office.deps).inquiryReminder(id, 'passed');
    expect(told.reminders).toEqual([]);
    const [entry] = await office.t.ledger.readDecisions([`${id}.2026-02-02.passed`]);
    expect(entry?.fields.get('/reminder/passed')).toBe(true);
  });

  test('is extended once, and its reminders count anew', async () => {
    const { id } = await office.open({ reference: 'more time' });
    const extended = await office.step(id, 'extend', { reason: 'many', statedOn: null });
    expect(extended.clock.extended).toBe(true);
    expect(extended.clock.reminders.at(-1)?.id).toBe('passed');
    await expect(office.step(id, 'extend', { reason: 'more', statedOn: null })).rejects.toThrow(/extended before/);
  });

  test('takes no scope that names nothing or matches nothing', async () => {
    const { id } = await office.open({ reference: 'nothing' });
    await expect(office.step(id, 'scope', { query: query({}), reason: null })).rejects.toThrow(/names nothing/);
    await expect(office.step(id, 'scope', { query: query({ subject: 'nobody' }), reason: null })).rejects.toMatchObject(
      { code: 'inquiry.scope_empty' },
    );
    expect((await office.stores.inquiries.get(id))?.state).toBe('opened');
  });

  test('takes each step once: the same wish again is the same step', async () => {
    const subject = await records(2);
    const { id, rev } = await office.open({ reference: 'once' });
    const body = { query: query({ subject }), reason: null };
    const asked = { inquiry: id, kind: 'scope', by: personRef(ada), body, rev } as const;
    const step = await askStep(office.stores.inquiries, asked);
    expect((await askStep(office.stores.inquiries, asked)).id).toBe(step.id);
    const activities = createInquiryActivities(office.deps);
    const once = await activities.inquiryStep(step.id, []);
    expect(await activities.inquiryStep(step.id, [])).toEqual(once);
    expect(await office.t.ledger.linkedFrom(id, 'inquiry')).toHaveLength(1);
  });
});

describe('a legal hold', () => {
  test('keeps everything about the person from being erased, until a named person releases it', async () => {
    const subject = await records(3);
    const { id } = await office.open({ reference: subject });
    const held = await office.step(id, 'hold', {
      query: query({ subject, to: '2026-01-01T00:00:00.002Z' }),
      reason: 'letter',
    });
    expect(held.holds).toMatchObject([{ entries: 1, erased: 0, released: null }]);
    await expect(office.t.ledger.eraseSubject({ subject, basis: 'Art. 17' })).rejects.toMatchObject({
      code: 'hold.active',
      message: expect.stringContaining(id) as string,
    });
    expect((await office.t.ledger.readDecisions([`dec_prd_${seed}_1`]))[0]?.erased).toBe(false);
    await office.step(id, 'release', { reason: 'settled' });
    expect((await office.t.ledger.eraseSubject({ subject, basis: 'Art. 17' })).entries).toHaveLength(3);
  });

  test('over records that were erased before says how many, and holds the rest of nothing', async () => {
    const subject = await records(2);
    await office.t.ledger.eraseSubject({ subject, basis: 'Art. 17' });
    const { id } = await office.open({ reference: subject });
    const held = await office.step(id, 'hold', { query: query({ subject }), reason: 'letter' });
    expect(held.holds).toMatchObject([{ entries: 2, erased: 2 }]);
    const [entry] = await office.t.ledger.readDecisions([held.holds[0]?.hold ?? '']);
    expect(entry?.fields.get('/hold/erasedBefore')).toBe(2);
  });

  test('that fits no record is refused and leaves none in force', async () => {
    const { id } = await office.open({ reference: 'void' });
    await expect(office.step(id, 'hold', { query: query({ subject: 'nobody' }), reason: 'x' })).rejects.toMatchObject({
      code: 'inquiry.scope_empty',
    });
    const subject = await records(1);
    expect((await office.t.ledger.eraseSubject({ subject, basis: 'x' })).entries).toHaveLength(1);
  });

  test('and an erasure at the same time: one of them is first, and the other knows', async () => {
    const subject = await records(2);
    const { id } = await office.open({ reference: subject });
    const [erased, held] = await Promise.allSettled([
      office.t.ledger.eraseSubject({ subject, basis: 'x' }),
      office.step(id, 'hold', { query: query({ subject }), reason: 'letter' }),
    ]);
    const counted = held.status === 'fulfilled' ? held.value.holds[0]?.erased : -1;
    expect(counted).toBe(erased.status === 'fulfilled' ? 2 : 0);
  });
});

describe('a release', () => {
  test('takes two people who asked for none of it; a refusal sends the review back', async () => {
    const { id } = await reviewed(await records(2));
    await expect(office.approve(id, ada)).rejects.toMatchObject({ code: 'approval.own_request' });
    expect(await office.approve(id, ben)).toMatchObject({ state: 'reviewed', approvals: { length: 1 } });
    await expect(office.approve(id, ben)).rejects.toMatchObject({ code: 'approval.same_person' });
    await expect(office.step(id, 'package', {})).rejects.toMatchObject({ code: 'inquiry.state' });
    expect(await office.approve(id, cyd, { decision: 'refuse' })).toMatchObject({ state: 'collected', review: null });
  });

  test('is not given by who collected, where somebody else reviewed', async () => {
    const subject = await records(1);
    const { id } = await office.open({ reference: subject });
    await office.step(id, 'scope', { query: query({ subject }), reason: null });
    await office.step(id, 'collect', { replays: [] }, ben);
    await office.step(id, 'review', { redactions: [], note: null }, ada);
    for (const own of [ada, ben])
      await expect(office.approve(id, own)).rejects.toMatchObject({ code: 'approval.own_request' });
    await expect(office.approve(id, { ...cyd, role: 'approver' })).rejects.toMatchObject({ code: 'auth.role_missing' });
  });

  test('that was signed and that the case never heard of is taken up by the same command, and by nobody else', async () => {
    const { id } = await reviewed(await records(1));
    const deps = { approvals: office.stores.approvals, ledger: office.t.ledger };
    const stands = (await office.stores.inquiries.get(id)) as InquiryCase;
    const said = { person: ben, decision: 'approve', reason: 'seen', now: new Date() } as const;
    const cut = await giveRelease(deps, stands, said);
    await expect(office.step(id, 'approve', { approval: cut.id }, cyd)).rejects.toMatchObject({
      code: 'approval.other',
    });
    expect((await office.approve(id, ben)).approvals.map((one) => one.id)).toEqual([cut.id]);
  });

  test('of another review does not count for this one', async () => {
    const { id } = await reviewed(await records(2));
    const given = await office.approve(id, ben);
    await office.step(id, 'review', { redactions: [], note: null });
    await expect(office.step(id, 'approve', { approval: given.approvals[0]?.id }, ben)).rejects.toMatchObject({
      code: 'approval.other',
    });
  });

  test('that expired before packaging is given again', async () => {
    const { id } = await reviewed(await records(2));
    await office.approve(id, ben, { expiresAt: new Date(Date.now() + 400).toISOString() });
    expect(await office.approve(id, cyd)).toMatchObject({ state: 'approved' });
    await new Promise((resolve) => setTimeout(resolve, 450));
    await expect(office.step(id, 'package', {})).rejects.toThrow(/the approvals of inq_\w+ no longer stand/);
    await office.approve(id, ben);
    expect(await office.step(id, 'package', {})).toMatchObject({ state: 'packaged' });
  });

  test('does not cover rulings that somebody changed in the database', async () => {
    const { id } = await reviewed(await records(2));
    await office.approve(id, ben);
    await office.approve(id, cyd);
    await office.t.database.db.sql(
      `update inquiries set body = jsonb_set(body, '{review,redactions}', '[]') where id = $1`,
      [id],
    );
    await expect(office.step(id, 'package', {})).rejects.toMatchObject({ code: 'inquiry.mismatch' });
  });
});

describe('packaging', () => {
  test('that fails half way leaves nothing; what a killed worker left is swept by the next try', async () => {
    const { id } = await reviewed(await records(2));
    await office.approve(id, ben);
    await office.approve(id, cyd);
    const leftover = join(office.productions, `${id}-v1.tmp-4711`);
    mkdirSync(join(leftover, 'decisions'), { recursive: true });
    writeFileSync(join(leftover, 'decisions', '000001.json'), '{');
    const broken = createInquiryActivities({ ...office.deps, verifierFile: '/nowhere/verifier.html' });
    const rev = (await office.stores.inquiries.get(id))?.rev ?? 0;
    const asked = { inquiry: id, kind: 'package', by: personRef(ada), body: {}, rev } as const;
    const step = await askStep(office.stores.inquiries, asked);
    await expect(broken.inquiryStep(step.id, [])).rejects.toThrow(/ENOENT/);
    expect(readdirSync(office.productions).filter((name) => name.startsWith(id))).toEqual([]);
    await createInquiryActivities(office.deps).inquiryStep(step.id, []);
    expect(readdirSync(office.productions).filter((name) => name.startsWith(id))).toEqual([`${id}-v1`]);
  });

  test('of a log whose look-up table hides a decision is refused', async () => {
    const subject = await records(3);
    const { id } = await office.open({ reference: subject });
    await office.t.database.db.sql(`update entries set subject = 'tag_else' where id = $1`, [`dec_prd_${seed}_2`]);
    await office.step(id, 'scope', { query: query({ subject }), reason: null });
    await office.step(id, 'collect', { replays: [] });
    await office.step(id, 'review', { redactions: [], note: null });
    await office.approve(id, ben);
    await office.approve(id, cyd);
    await expect(office.step(id, 'package', {})).rejects.toMatchObject({
      code: 'inquiry.mismatch',
      message: expect.stringContaining('3 decisions of the log fit, 2 were collected') as string,
    });
  });

  test('of erased decisions shows that they were made, and of a session says whose word it is', async () => {
    const subject = await records(2);
    const { erasures } = await office.t.ledger.eraseSubject({ subject, basis: 'Art. 17' });
    await office.t.ledger.waitLogged(erasures, { timeoutMs: 10_000 });
    const ids = [`dec_prd_${seed}_1`, `dec_prd_${seed}_2`];
    const verdicts = [];
    for (const over of [{ subject }, { session: 'ses_1', decisions: ids }]) {
      const { id } = await office.open({ reference: JSON.stringify(over) });
      await office.step(id, 'scope', { query: query(over), reason: null });
      await office.step(id, 'collect', { replays: [] });
      await office.step(id, 'review', { redactions: [], note: null });
      await office.approve(id, ben);
      await office.approve(id, cyd);
      const { productions } = await office.step(id, 'package', {});
      verdicts.push(
        await verifyPackage(await folderFiles(productions[0]?.folder ?? ''), {
          policy: parsePolicy(office.t.platform.policy()),
          verify: verifySync,
          everySignature: true,
        }),
      );
    }
    const [bySubject, bySession] = verdicts;
    expect(bySubject).toMatchObject({ problems: [], completeness: { verdict: 'ALL IN THE LOG' } });
    expect(bySubject?.decisions).toMatchObject([
      { disclosed: 0, withheld: 0, erased: 5 },
      { disclosed: 0, withheld: 0, erased: 5 },
    ]);
    expect(bySession).toMatchObject({ problems: [], completeness: { verdict: 'BY THE OPERATOR’S WORD' } });
    expect(bySession?.notShown.join(' ')).toMatch(/The session of a decision is sealed/);
  });
});
