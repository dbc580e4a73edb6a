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

describe('capture of agents that misbehave', () => {
  it('rethrows the error of the agent and records it', async () => {
    configureFor(api);
    const decide = ghost.agent(
      options,
      async (application: Application): Promise<{ status: string; reasons: string[] }> => {
        ghost.current()?.step('looked at the file');
        throw new RangeError(`no such customer ${application.id}`);
      },
    );
    await expect(decide({ id: 'x', amount: 1 })).rejects.toThrow(new RangeError('no such customer x'));
    const [record] = await delivered(api);
    expect(field(record, '/decision/outcome')).toBe('error');
    expect(field(record, '/reasoning/0')).toBe('looked at the file');
    expect(field(record, '/reasoning/1')).toBe('The agent failed: no such customer x');
  });

  it('rethrows synchronous errors too', async () => {
    configureFor(api);
    const decide = ghost.agent({ name: 'a', version: '1', type: 't', outcome: () => 'x' }, (): string => {
      throw new Error('sync');
    });
    expect(() => decide()).toThrow('sync');
    expect(await delivered(api)).toHaveLength(1);
  });

  it('reports a decision without outcome and makes no record of it', async () => {
    const { problems } = configureFor(api);
    const decide = ghost.agent(options, (_: Application) => ({ status: '', reasons: [] }));
    decide({ id: 'x', amount: 1 });
    expect(await delivered(api)).toEqual([]);
    expect(problems).toMatchObject([{ code: 'record.no_outcome' }]);
    expect(ghost.stats()).toMatchObject({ enqueued: 1, refused: 1 });
  });

  it('drops a NaN confidence with a note and keeps the decision', async () => {
    configureFor(api);
    const decide = ghost.agent({ ...options, confidence: () => Number.NaN }, (_: Application) => ({
      status: 'a',
      reasons: [],
    }));
    decide({ id: 'x', amount: 1 });
    const [record] = await delivered(api);
    expect(record?.fields.has('/decision/confidence')).toBe(false);
    expect(JSON.stringify(field(record, '/grade'))).toContain('confidence is NaN');
  });

  it('never lets a failing mapper reach the caller', async () => {
    configureFor(api);
    const boom = (): never => {
      throw new Error('boom');
    };
    const decide = ghost.agent(
      {
        ...options,
        reasons: boom,
        confidence: boom,
        alternatives: boom,
        rules: boom,
        key: boom,
        subject: boom,
        goal: boom,
      },
      (_: Application) => ({ status: 'a', reasons: [] }),
    );
    expect(decide({ id: 'x', amount: 1 })).toEqual({ status: 'a', reasons: [] });
    const [record] = await delivered(api);
    expect(field(record, '/decision/outcome')).toBe('a');
  });

  it('takes what the agent says by decide before what mappers read', async () => {
    configureFor(api);
    const decide = ghost.agent(options, (_: Application) => {
      const current = ghost.current();
      current?.alternative({ action: 'refer', score: 0.2 });
      current?.decide('decline', { confidence: 0.75, rules: [{ id: 'R-1', fired: true }], reasoning: ['too high'] });
      return { status: 'approve', reasons: [] };
    });
    decide({ id: 'x', amount: 1 });
    const [record] = await delivered(api);
    expect(field(record, '/decision/outcome')).toBe('decline');
    expect(field(record, '/decision/confidence')).toBe(0.75);
    expect(field(record, '/decision/rules')).toEqual([{ id: 'R-1', fired: true }]);
    expect(field(record, '/alternatives')).toEqual([{ action: 'refer', score: 0.2 }]);
    expect(field(record, '/reasoning/0')).toBe('too high');
  });

  it('leaves the process alone before it is configured', async () => {
    ghost.configure({ endpoint: '', apiKey: '', tenant: '', log: '', onProblem: () => undefined });
    const decide = ghost.agent(options, (_: Application) => ({
      status: ghost.current() === undefined ? 'no' : 'yes',
      reasons: [],
    }));
    expect(decide({ id: 'x', amount: 1 }).status).toBe('yes');
    expect(ghost.stats().enqueued).toBe(0);
    expect(await ghost.flush()).toEqual({ pending: 0 });
  });

  it('is undefined outside a run', () => {
    expect(ghost.current()).toBeUndefined();
  });
});
