import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ghost } from '@tenet-ledger/ghost';
import type { TapeEntry } from '@tenet-ledger/record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../src/services/index.js';
import { configureFor, delivered, field } from '../ghost/setup.js';
import { hasPython, pythonEnv } from '../support/pythonEnv.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';

const PACKAGE = join(import.meta.dirname, '../../python/tenet_ghost');
const env = await pythonEnv(readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n'));

let api: RecordsApi;
beforeAll(async () => {
  api = await startRecordsApi();
});
afterAll(() => api.close());

describe.skipIf(!hasPython(env))('a decision begun in one language', () => {
  test('goes on in the other and comes back', async () => {
    const { problems } = configureFor(api, { lineage: { job: 'claims' } });
    const lookUp = ghost.tool('look.up', { effect: 'read' }, (id: string) => ({ id, open: true }));
    const opened = ghost.open({ agent: 'desk', version: '1', type: 'claim', key: 'c-1', inputs: { claim: 1 } });
    opened.step('opened in TypeScript');
    opened.run(() => lookUp('a'));
    const { stdout, stderr } = await runCommand(
      hasPython(env) ? env.python : '',
      [join(import.meta.dirname, 'agents', 'tokens.py'), opened.suspend()],
      { timeoutMs: 60_000, env: { PATH: process.env['PATH'], PYTHONPATH: join(PACKAGE, 'src') } },
    );
    expect(stderr).toBe('');
    const answer = JSON.parse(stdout) as { decision: string; token: string };
    expect(answer.decision).toBe(opened.decision);
    const back = ghost.resume(answer.token);
    back.run(() => lookUp('b'));
    back.step('decided in TypeScript');
    expect(back.decide('pay')).toBe(opened.decision);
    const [record] = await delivered(api);
    const tape = ['/tape/0001', '/tape/0002', '/tape/0003'].map((path) => field(record, path) as unknown as TapeEntry);
    expect(tape.map(({ n, name, key, result }) => ({ n, name, key, result }))).toEqual([
      { n: 1, name: 'look.up', key: '["a"]', result: { id: 'a', open: true } },
      { n: 2, name: 'ask.customer', key: 'is it so?', result: 'yes' },
      { n: 3, name: 'look.up', key: '["b"]', result: { id: 'b', open: true } },
    ]);
    const steps = [0, 1, 2].map((n) => field(record, `/reasoning/${n}`));
    expect(steps).toEqual(['opened in TypeScript', 'asked in Python', 'decided in TypeScript']);
    expect(field(record, '/alternatives')).toEqual([{ action: 'refuse', score: 0.25 }]);
    expect(field(record, '/context/inputs')).toEqual({ claim: 1 });
    expect(field(record, '/provenance/lineage')).toEqual({ job: 'claims' });
    expect(problems).toEqual([]);
  });
});
