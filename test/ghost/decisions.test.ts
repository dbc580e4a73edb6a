import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { TapeEntry } from '@tenet-ledger/record';
import { ghost, type OpenDecision } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type ReceivedRecord, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

const lookUp = ghost.tool('bureau.lookup', { effect: 'read' }, async (id: string) => ({ score: id.length }));
const gradeOf = (record: ReceivedRecord | undefined): { grade: string; reasons: string[] } =>
  field(record, '/grade') as unknown as { grade: string; reasons: string[] };
const tapeOf = (record: ReceivedRecord | undefined): TapeEntry[] =>
  [...record!.fields].filter(([path]) => /^\/tape\/\d/.test(path)).map(([, value]) => value as unknown as TapeEntry);

describe('the two lines', () => {
  it('record name, version and outcome; the type is the name', async () => {
    configureFor(api);
    const decide = ghost.agent(
      { name: 'underwriter', version: '4.2.0', outcome: (r: { status: string }) => r.status },
      (_: object) => ({ status: 'approve' }),
    );
    decide({ id: 1 });
    const [record] = await delivered(api);
    expect(record?.entry).toMatchObject({ type: 'underwriter', agent: 'underwriter@4.2.0' });
    expect(field(record, '/decision/outcome')).toBe('approve');
  });

  it.each([
    ['a text', 'approve', 'approve'],
    ['a flag', true, 'true'],
    ['a number', 7, '7'],
    ['a member called outcome', { outcome: 'a', decision: 'b' }, 'a'],
    ['a member called decision', { decision: 'b', status: 'c' }, 'b'],
    ['a member called status', { status: 'c' }, 'c'],
  ])('take %s for the outcome where no mapper is given', async (_, result, outcome) => {
    configureFor(api);
    await ghost.agent({ name: 'a', version: '1' }, async () => result)();
    expect(field((await delivered(api))[0], '/decision/outcome')).toBe(outcome);
  });

  it('read paths out of results and inputs, of zod objects, class instances and maps alike', async () => {
    const tagKey = Buffer.alloc(32, 7);
    configureFor(api, { tagKey: tagKey.toString('base64') });
    const Result = z.object({ status: z.string(), detail: z.object({ score: z.number(), why: z.array(z.string()) }) });
    class Application {
      constructor(readonly applicant: { id: string }) {}
    }
    const decide = ghost.agent(
      {
        name: 'a',
        version: '1',
        outcome: 'status',
        reasons: 'detail.why',
        confidence: 'detail.score',
        subject: 'applicant.id',
        key: 'applicant.id',
      },
      (_: Application) => Result.parse({ status: 'ok', detail: { score: 0.5, why: ['x', 'y'] } }),
    );
    decide(new Application({ id: 'p-1' }));
    decide(new Application({ id: 'p-1' }));
    ghost.agent({ name: 'm', version: '1', outcome: 'deep.0' }, () => new Map([['deep', ['first']]]))();
    ghost.agent({ name: 'lost', version: '1', outcome: 'no.such' }, () => ({}))();
    const records = await delivered(api);
    expect(records.map((record) => field(record, '/decision/outcome'))).toEqual(['ok', 'first']);
    expect(field(records[0], '/reasoning/1')).toBe('y');
    expect(field(records[0], '/decision/confidence')).toBe(0.5);
    expect(records[0]?.entry.subject).toBe(createHmac('sha256', tagKey).update('p-1').digest('base64url'));
    expect(ghost.stats()).toMatchObject({ refused: 1, duplicates: 1 });
  });
});

describe('several decisions in one run', () => {
  it('each have their own notes, tape and link, and are on the tape around them', async () => {
    configureFor(api);
    const decide = ghost.agent(
      { name: 'a', version: '1', type: 'loan', key: (id: string) => id },
      async (id: string) => {
        const { score } = await lookUp(id);
        const price = await ghost.decide({ type: 'loan.price', inputs: { score } }, async () => {
          ghost.current()?.step('the second look');
          await lookUp(`${id}-again`);
          return { outcome: 'low', confidence: 0.9, reasons: ['cheap'], rate: 3.5 };
        });
        ghost.decide({ type: 'loan.term', key: id, inputs: {} }, () => ghost.current()?.decide('36'));
        ghost.current()?.step('done');
        return { outcome: `at ${price.rate}` };
      },
    );
    await decide('app-1');
    await decide('app-1');
    const records = await delivered(api);
    expect(records.map(({ entry }) => entry.type)).toEqual(['loan.price', 'loan.term', 'loan']);
    const [price, term, loan] = records;
    expect(ghost.stats().duplicates).toBe(3);
    for (const part of [price, term]) {
      expect(part?.entry.links).toEqual([{ rel: 'parent', id: loan?.entry.id }]);
      expect(part?.entry.agent).toBe('a@1');
      expect(gradeOf(part).reasons).toContain('decided within another decision: it is re-run with that one');
    }
    expect(field(price, '/decision/outcome')).toBe('low');
    expect(field(price, '/decision/confidence')).toBe(0.9);
    expect([field(price, '/reasoning/0'), field(price, '/reasoning/1')]).toEqual(['the second look', 'cheap']);
    expect(field(price, '/context/inputs')).toEqual({ score: 5 });
    expect(tapeOf(price).map(({ n, key }) => [n, key])).toEqual([[1, '["app-1-again"]']]);
    expect(field(term, '/decision/outcome')).toBe('36');
    expect(tapeOf(loan).map(({ n, key }) => [n, key])).toEqual([
      [1, '["app-1"]'],
      [2, '["app-1-again"]'],
    ]);
    expect(field(loan, '/reasoning')).toBeUndefined();
    expect(field(loan, '/reasoning/0')).toBe('done');
    expect(gradeOf(loan)).toEqual({ grade: 'A', reasons: [] });
  });

  it('outside an agent need its name; without it the code runs and that is said', async () => {
    const { problems } = configureFor(api);
    expect(ghost.decide({ type: 't' }, () => 'x')).toBe('x');
    expect(problems).toMatchObject([{ code: 'record.no_agent' }]);
    expect(ghost.decide({ type: 't', agent: 'desk', version: '2' }, () => 'y')).toBe('y');
    const [record] = await delivered(api);
    expect(record?.entry).toMatchObject({ agent: 'desk@2', type: 't', links: [] });
  });

  it('throw what their code throws, and are recorded as errors', async () => {
    configureFor(api);
    const options = { type: 't', agent: 'desk', version: '2' };
    await expect(ghost.decide(options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(field((await delivered(api))[0], '/decision/outcome')).toBe('error');
  });
});

describe('a decision in several steps', () => {
  const start = (more: object = {}): OpenDecision =>
    ghost.open({ agent: 'desk', version: '1', type: 'claim', key: 'c-1', inputs: { claim: 1 }, ...more });

  it('goes on from its token with everything it had', async () => {
    configureFor(api, { lineage: { job: 'claims' } });
    const opened = start();
    opened.step('opened');
    opened.alternative({ action: 'refer' });
    await opened.run(() => lookUp('a'));
    const token = opened.suspend();
    const id = await ghost.resume(token, async (decision) => {
      await lookUp('b');
      ghost.current()?.step('resumed');
      return decision.decision;
    });
    const again = ghost.resume(token);
    await again.run(() => lookUp('bb'));
    expect(again.decide('pay', { confidence: 0.75 })).toBe(id);
    const [record] = await delivered(api);
    expect(record?.entry).toMatchObject({ id: opened.decision, type: 'claim', agent: 'desk@1' });
    expect(field(record, '/context/inputs')).toEqual({ claim: 1 });
    expect(field(record, '/reasoning/0')).toBe('opened');
    expect(field(record, '/alternatives')).toEqual([{ action: 'refer' }]);
    expect(field(record, '/provenance/lineage')).toEqual({ job: 'claims' });
    expect(tapeOf(record).map(({ n, key }) => [n, key])).toEqual([
      [1, '["a"]'],
      [2, '["bb"]'],
    ]);
    expect(gradeOf(record)).toMatchObject({ grade: 'C' });
  });

  it('is one decision, however many hold its token and decide', async () => {
    configureFor(api);
    const token = start().suspend();
    ghost.resume(token).decide('pay');
    await ghost.resume(token, async () => ghost.current()?.decide('pay'));
    ghost.resume(token).decide('pay');
    const records = await delivered(api);
    expect(records).toHaveLength(1);
    expect(ghost.stats()).toMatchObject({ acknowledged: 3, duplicates: 2 });
  });

  it('leaves no secret in its token, and says what was taken out', async () => {
    configureFor(api, { redact: { paths: ['/context/inputs/ssn'] } });
    const opened = start({ inputs: { ssn: '078-05-1120', password: 'hunter2' } });
    opened.step('Bearer canary0123456789abcdef');
    await opened.run(() => lookUp('sk-canary0123456789abcdef'));
    const token = opened.suspend();
    expect(Buffer.from(token, 'base64url').toString()).not.toMatch(/078-05-1120|hunter2|canary/);
    ghost.resume(token).decide('pay');
    const [record] = await delivered(api);
    expect(gradeOf(record).reasons.join()).toMatch(/redacted: \d values \(apikey, bearer, password, path\)/);
    expect(tapeOf(record)[0]?.key).toBe('["[redacted:apikey]"]');
  });

  it('does nothing for what is no token but say so', async () => {
    const { problems } = configureFor(api);
    for (const token of ['', 'x', Buffer.from('{"v":2}').toString('base64url'), '%%%']) {
      expect(ghost.resume(token, (decision) => [decision.decide('x'), typeof decision.now()])).toEqual([
        undefined,
        'number',
      ]);
    }
    expect(problems.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'ghost.open'));
    expect(await delivered(api)).toEqual([]);
  });

  it('is decided by another process', async () => {
    const { signer } = configureFor(api);
    const opened = start({ subject: 'p-1' });
    opened.step('here');
    const dist = new URL('../../packages/ghost/dist/index.js', import.meta.url).href;
    const code = `
      const { ghost, nodeSigner } = await import(${JSON.stringify(dist)});
      const { generateKeyPairSync } = await import('node:crypto');
      const opened = ghost.resume(process.argv[1]);
      opened.step('there');
      process.stdout.write(opened.token);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, opened.token]);
    ghost.resume(stdout).decide('pay');
    const [record] = await delivered(api);
    expect(record?.signatureOk).toBe(true);
    expect(record?.entry.producer.kid).toBe(signer.keyId);
    expect([field(record, '/reasoning/0'), field(record, '/reasoning/1')]).toEqual(['here', 'there']);
    expect(fileURLToPath(dist)).toContain('dist');
  });
});
