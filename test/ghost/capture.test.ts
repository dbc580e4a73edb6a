import { createHmac } from 'node:crypto';
import { digestOf, type TapeEntry } from '@tenet-ledger/record';
import { ghost } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

interface Application {
  readonly id: string;
  readonly amount: number;
}

const options = {
  name: 'underwriter',
  version: '4.2.0',
  type: 'loan.approve',
  outcome: (result: { status: string; reasons: string[] }) => result.status,
  reasons: (result: { status: string; reasons: string[] }) => result.reasons,
};

const lookUp = ghost.tool(
  'bureau.lookup',
  { effect: 'read', key: (query: { id: string }) => query.id },
  async (query: { id: string }) => ({ score: query.id.length }),
);

describe('capture', () => {
  it('keeps the signature, name, this and result of the wrapped function', async () => {
    configureFor(api);
    const decide = ghost.agent(
      options,
      async function decideLoan(this: { bank: string } | undefined, application: Application) {
        return { status: this?.bank ?? 'none', reasons: [application.id] };
      },
    );
    expect(decide.name).toBe('decideLoan');
    expect(decide.length).toBe(1);
    const result = await decide.call({ bank: 'x' }, { id: 'a1', amount: 3 });
    expect(result).toEqual({ status: 'x', reasons: ['a1'] });
    await delivered(api);
  });

  it('sends a leaf that verifies and disclosures that match its digests', async () => {
    const { signer } = configureFor(api);
    const decide = ghost.agent(options, async (application: Application) => {
      const { score } = await lookUp({ id: application.id });
      ghost.current()?.step(`score ${score}`);
      return { status: 'approve', reasons: ['amount is small'] };
    });
    await decide({ id: 'a-17', amount: 500 });
    const [record] = await delivered(api);
    expect(record?.signatureOk).toBe(true);
    const { entry, submission } = record!;
    expect(entry).toMatchObject({
      v: 1,
      log: 'ledger.test/acme',
      kind: 'decision',
      type: 'loan.approve',
      agent: 'underwriter@4.2.0',
      links: [],
    });
    expect(entry.producer).toMatchObject({ kid: signer.keyId, seq: 1 });
    expect(entry.producer.prev).toBeUndefined();
    expect(submission.disclosures.map((text) => digestOf(text)).sort()).toEqual(Object.values(entry.fields).sort());
    expect([...record!.fields.keys()].sort()).toEqual(Object.keys(entry.fields).sort());
    expect(field(record, '/decision/outcome')).toBe('approve');
    expect(field(record, '/context/inputs')).toEqual({ id: 'a-17', amount: 500 });
    expect(field(record, '/reasoning/0')).toBe('score 4');
    expect(field(record, '/reasoning/1')).toBe('amount is small');
    expect(field(record, '/intent/session')).toBe('ses_test');
    expect(field(record, '/intent/goal')).toBe('loan.approve');
    expect(field(record, '/grade')).toEqual({ grade: 'A', reasons: [] });
    expect(api.requests[0]?.headers['x-api-key']).toBe('tnt_test');
    const taped = field(record, '/tape/0001') as unknown as TapeEntry;
    expect(taped).toMatchObject({
      v: 1,
      n: 1,
      kind: 'tool',
      name: 'bureau.lookup',
      effect: 'read',
      key: 'a-17',
      args: [{ id: 'a-17' }],
      result: { score: 4 },
    });
  });

  it('uses fresh salts: equal records have no digest in common', async () => {
    configureFor(api);
    const decide = ghost.agent(options, (_: Application) => ({ status: 'approve', reasons: [] }));
    decide({ id: 'x', amount: 1 });
    decide({ id: 'x', amount: 1 });
    const [one, two] = await delivered(api);
    const digests = new Set(Object.values(one!.entry.fields));
    expect(Object.values(two!.entry.fields).filter((digest) => digests.has(digest))).toEqual([]);
  });

  it('chains records of one producer by seq and prev', async () => {
    configureFor(api);
    const decide = ghost.agent(options, (_: Application) => ({ status: 'approve', reasons: [] }));
    for (let i = 0; i < 40; i += 1) decide({ id: `a${i}`, amount: i });
    const records = await delivered(api);
    expect(records.map((record) => record.entry.producer.seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(new Set(records.map((record) => record.entry.producer.id)).size).toBe(1);
    for (let i = 1; i < 40; i += 1) expect(records[i]?.entry.producer.prev).toBe(records[i - 1]?.sHash);
  });

  it('derives the id from the declared key and gives others a new one', async () => {
    configureFor(api);
    const keyed = ghost.agent({ ...options, key: (application: Application) => application.id }, (_: Application) => ({
      status: 'a',
      reasons: [],
    }));
    const free = ghost.agent(options, (_: Application) => ({ status: 'a', reasons: [] }));
    keyed({ id: 'same', amount: 1 });
    keyed({ id: 'same', amount: 1 });
    free({ id: 'same', amount: 1 });
    free({ id: 'same', amount: 1 });
    const records = await delivered(api);
    expect(records).toHaveLength(3);
    expect(new Set(records.map((record) => record.entry.id)).size).toBe(3);
    for (const { entry } of records) expect(entry.id).toMatch(/^dec_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(ghost.stats()).toMatchObject({ enqueued: 4, acknowledged: 4, duplicates: 1 });
  });

  it('tags the subject with a keyed hash and never sends the identifier itself', async () => {
    const tagKey = Buffer.alloc(32, 7);
    configureFor(api, { tagKey: tagKey.toString('base64') });
    const decide = ghost.agent({ ...options, subject: () => 'applicant-9' }, (_: Application) => ({
      status: 'a',
      reasons: [],
    }));
    decide({ id: 'x', amount: 1 });
    const [record] = await delivered(api);
    expect(record?.entry.subject).toBe(createHmac('sha256', tagKey).update('applicant-9').digest('base64url'));
  });

  it('says in the grade that a subject could not be tagged', async () => {
    configureFor(api);
    const decide = ghost.agent({ ...options, subject: () => 'applicant-9' }, (_: Application) => ({
      status: 'a',
      reasons: [],
    }));
    decide({ id: 'x', amount: 1 });
    const [record] = await delivered(api);
    expect(record?.entry.subject).toBeUndefined();
    expect(JSON.stringify(field(record, '/grade'))).toContain('no tagKey');
  });

  it('snapshots the input before the agent changes it', async () => {
    configureFor(api);
    const decide = ghost.agent(options, (application: { id: string; amount: number }) => {
      application.amount = 99;
      return { status: 'a', reasons: [] };
    });
    decide({ id: 'x', amount: 1 });
    const [record] = await delivered(api);
    expect(field(record, '/context/inputs')).toEqual({ id: 'x', amount: 1 });
  });

  it('gives declared inputs a field of their own', async () => {
    configureFor(api);
    const decide = ghost.agent({ ...options, splitInputs: ['amount'] }, (_: Application) => ({
      status: 'a',
      reasons: [],
    }));
    decide({ id: 'x', amount: 12 });
    const [record] = await delivered(api);
    expect(field(record, '/context/inputs/amount')).toBe(12);
    expect(field(record, '/context/inputs')).toEqual({ id: 'x' });
  });
});

describe('ghost.run and ghost.decision', () => {
  it('sets session, lineage and parent for what runs inside', async () => {
    configureFor(api, { lineage: { job: 'nightly' } });
    const decide = ghost.agent(options, async () => ({ status: 'a', reasons: [] }));
    await ghost.run({ session: 'ses_inner', parent: 'req_1', lineage: { step: 3 }, origin: 'scheduler' }, () =>
      decide(),
    );
    const [record] = await delivered(api);
    expect(field(record, '/intent/session')).toBe('ses_inner');
    expect(field(record, '/intent/origin')).toBe('scheduler');
    expect(field(record, '/provenance/lineage')).toEqual({ job: 'nightly', step: 3 });
    expect(record?.entry.links).toEqual([{ rel: 'parent', id: 'req_1' }]);
  });

  it('records a finished decision and one that corrects it', async () => {
    configureFor(api);
    const first = ghost.decision({
      agent: 'desk',
      version: '1',
      type: 'loan.approve',
      outcome: 'decline',
      inputs: { id: 1 },
      reasoning: ['by hand'],
    });
    ghost.decision({
      agent: 'desk',
      version: '1',
      type: 'loan.approve',
      kind: 'override',
      outcome: 'approve',
      links: [{ rel: 'overrides', id: first! }],
    });
    const records = await delivered(api);
    expect(records.map((record) => record.entry.kind)).toEqual(['decision', 'override']);
    expect(records[1]?.entry.links).toEqual([{ rel: 'overrides', id: first }]);
    expect(field(records[0], '/grade')).toMatchObject({ grade: 'D' });
  });
});
