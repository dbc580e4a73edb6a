import { setTimeout as sleep } from 'node:timers/promises';
import { type TapeEntry } from '@tenet-ledger/record';
import { ghost } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

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

describe('the tape', () => {
  it('holds concurrent runs apart by async context', async () => {
    configureFor(api);
    const slow = ghost.tool('slow', { effect: 'read', key: (id: string) => id }, async (id: string, ms: number) => {
      await sleep(ms);
      return `for ${id}`;
    });
    const decide = ghost.agent({ ...options, key: (id: string) => id }, async (id: string, ms: number) => {
      ghost.current()?.step(`start ${id}`);
      const [a, b] = await Promise.all([slow(id, ms), slow(`${id}-b`, 1)]);
      ghost.current()?.step(`end ${id}`);
      return { status: `${a} ${b}`, reasons: [] };
    });
    await Promise.all(Array.from({ length: 20 }, (_, i) => decide(`c${i}`, (20 - i) * 2)));
    const records = await delivered(api);
    expect(records).toHaveLength(20);
    for (const record of records) {
      const { $args: args } = field(record, '/context/inputs') as { $args: [string, number] };
      expect(field(record, '/reasoning/0')).toBe(`start ${args[0]}`);
      expect(field(record, '/reasoning/1')).toBe(`end ${args[0]}`);
      const keys = ['/tape/0001', '/tape/0002'].map((path) => (field(record, path) as unknown as TapeEntry).key);
      expect(keys).toEqual([args[0], `${args[0]}-b`]);
      expect(record.fields.has('/tape/0003')).toBe(false);
    }
  });

  it('numbers calls by their start and keeps errors by code and message', async () => {
    configureFor(api);
    const fails = ghost.tool('fails', { effect: 'read' }, async (_: number) => {
      await sleep(10);
      throw Object.assign(new Error('gone'), { code: 'E_GONE', stack: 'secret' });
    });
    const quick = ghost.tool('quick', { effect: 'pure' }, (n: number) => n + 1);
    const decide = ghost.agent(options, async () => {
      const failing = fails(1).catch(() => 'caught');
      quick(1);
      await failing;
      return { status: 'a', reasons: [] };
    });
    await decide();
    const [record] = await delivered(api);
    expect(field(record, '/tape/0001')).toMatchObject({
      n: 1,
      name: 'fails',
      error: { code: 'E_GONE', message: 'gone' },
    });
    expect(field(record, '/tape/0002')).toMatchObject({ n: 2, name: 'quick', key: '[1]', result: 2 });
    expect(JSON.stringify([...record!.fields.values()])).not.toContain('secret');
  });

  it('tapes clock, randomness and ids', async () => {
    configureFor(api);
    const decide = ghost.agent(options, () => {
      const current = ghost.current()!;
      return { status: [current.now(), current.random(), current.id()].join('|'), reasons: [] };
    });
    const { status } = decide();
    const [record] = await delivered(api);
    const values = ['/tape/0001', '/tape/0002', '/tape/0003'].map(
      (path) => field(record, path) as unknown as TapeEntry,
    );
    expect(values.map((entry) => entry.kind)).toEqual(['clock', 'random', 'id']);
    expect(values.map((entry) => JSON.stringify(entry.result).replaceAll('"', '')).join('|')).toBe(status);
  });

  it('does not tape what happens inside a taped call, and tapes what a pure tool calls', async () => {
    configureFor(api);
    const inner = ghost.tool('inner', { effect: 'read' }, () => 1);
    const outer = ghost.tool('outer', { effect: 'read' }, () => inner() + 1);
    const pure = ghost.tool('pure', { effect: 'pure' }, () => inner() + 2);
    const decide = ghost.agent(options, () => ({ status: String(outer() + pure()), reasons: [] }));
    decide();
    const [record] = await delivered(api);
    const names = [...record!.fields]
      .filter(([path]) => path.startsWith('/tape/'))
      .map(([, value]) => (value as unknown as TapeEntry).name);
    expect(names.sort()).toEqual(['inner', 'outer', 'pure']);
  });

  it('puts calls of a nested agent on both tapes and links the inner decision to the outer one', async () => {
    configureFor(api);
    const inner = ghost.agent({ ...options, name: 'inner' }, async () => ({
      status: String((await lookUp({ id: 'n' })).score),
      reasons: [],
    }));
    const outer = ghost.agent({ ...options, name: 'outer' }, async () => inner());
    await outer();
    const records = await delivered(api);
    const of = (name: string) => records.find((record) => record.entry.agent.startsWith(name));
    expect(field(of('inner'), '/tape/0001')).toMatchObject({ name: 'bureau.lookup' });
    expect(field(of('outer'), '/tape/0001')).toMatchObject({ name: 'bureau.lookup' });
    expect(of('inner')?.entry.links).toEqual([{ rel: 'parent', id: of('outer')?.entry.id }]);
    expect(field(of('inner'), '/intent/parent')).toBe(of('outer')?.entry.id);
  });

  it('starts a lazy thenable once', async () => {
    configureFor(api);
    let started = 0;
    const query = ghost.tool('query', { effect: 'read', async: true }, () => ({
      then(resolve: (value: string) => void) {
        started += 1;
        resolve('rows');
      },
    }));
    const decide = ghost.agent(options, async () => ({ status: String(await query()), reasons: [] }));
    expect((await decide()).status).toBe('rows');
    expect(started).toBe(1);
    const [record] = await delivered(api);
    expect(field(record, '/tape/0001')).toMatchObject({ result: 'rows' });
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    configureFor(api);
    const fails = ghost.agent({ name: 'a', version: '1', type: 't', outcome: () => 'x' }, async () => {
      throw new Error('nobody listens');
    });
    const seen: unknown[] = [];
    const listener = (error: unknown): void => void seen.push(error);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
    void fails();
    await sleep(20);
    process.removeListener('unhandledRejection', listener);
    for (const other of others) process.on('unhandledRejection', other);
    expect(seen).toHaveLength(1);
    await delivered(api);
  });
});
