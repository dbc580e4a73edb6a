import { createServer } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ghost } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered, field } from './setup.js';

let api: RecordsApi;
let site: { url: string; close: () => void };
beforeEach(async () => {
  api = await startRecordsApi();
  const server = createServer((_, response) => void response.end('ok'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site = { url, close: () => (server.close(), server.closeAllConnections()) };
});
afterEach(async () => {
  site.close();
  await api.close();
});

const base = { name: 'a', version: '1', type: 't', outcome: () => 'x' };
const read = ghost.tool('read', { effect: 'read' }, (): unknown => 1);

interface Grade {
  readonly grade: string;
  readonly reasons: readonly string[];
}

async function gradeOf(run: () => unknown): Promise<Grade> {
  configureFor(api);
  await run();
  return field((await delivered(api)).at(-1), '/grade') as unknown as Grade;
}

const get = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    http.get(url, (response) => response.resume().on('end', () => resolve('ok'))).on('error', reject);
  });

describe('the replayability grade', () => {
  it('is A when every call went through ghost', async () => {
    expect(await gradeOf(ghost.agent(base, () => read()))).toEqual({ grade: 'A', reasons: [] });
  });

  it('is D for outcome and input alone, C once there is reasoning', async () => {
    expect(await gradeOf(ghost.agent(base, () => 1))).toMatchObject({ grade: 'D' });
    expect(await gradeOf(ghost.agent({ ...base, reasons: () => ['because'] }, () => 1))).toMatchObject({ grade: 'C' });
  });

  it('is D when the input could not be kept', async () => {
    const decide = ghost.agent(base, (_: unknown) => read());
    expect(await gradeOf(() => decide((async function* () {})()))).toMatchObject({ grade: 'D' });
  });

  it('is B when a value on the tape is not what the agent saw', async () => {
    const dated = ghost.tool('dated', { effect: 'read' }, () => ({ at: new Date(0) }));
    const grade = await gradeOf(ghost.agent(base, () => dated()));
    expect(grade).toEqual({ grade: 'B', reasons: ['result of dated: a Date kept as text at /at'] });
  });

  it.each([
    ['fetch', () => fetch(site.url).then((response) => response.text())],
    ['node:http', () => get(site.url)],
  ])('is C when the agent calls out by %s, past the tape', async (_, call) => {
    const grade = await gradeOf(
      ghost.agent(base, async () => {
        read();
        await call();
      }),
    );
    expect(grade).toEqual({
      grade: 'C',
      reasons: [
        `called ${new URL(site.url).hostname}${_ === 'fetch' ? `:${new URL(site.url).port}` : ''} outside ghost.tool and ghost.openai`,
      ],
    });
  });

  it('does not mind a request inside a tool, nor the delivery of records', async () => {
    const web = ghost.tool('web', { effect: 'read' }, async () => fetch(site.url).then((response) => response.text()));
    const inner = ghost.agent({ ...base, name: 'inner' }, async () => web());
    const grade = await gradeOf(
      ghost.agent(base, async () => {
        await inner();
        await new Promise((done) => setTimeout(done, 50));
        return web();
      }),
    );
    expect(grade).toEqual({ grade: 'A', reasons: [] });
  });

  it('is C when a call had not ended, and the late answer changes nothing', async () => {
    let finish = (_: string): void => undefined;
    const slow = ghost.tool(
      'slow',
      { effect: 'read', async: true },
      () => new Promise<string>((done) => (finish = done)),
    );
    const grade = await gradeOf(
      ghost.agent(base, () => {
        void slow();
        return 1;
      }),
    );
    finish('late');
    expect(grade).toEqual({ grade: 'C', reasons: ['1 calls had not ended when the decision was made'] });
    expect(field(api.received[0], '/tape/0001')).toMatchObject({ error: { code: 'tape.unfinished' } });
  });

  it('is C when a result can not be kept', async () => {
    const stream = ghost.tool('stream', { effect: 'read' }, () => (async function* () {})());
    const grade = await gradeOf(ghost.agent(base, () => (stream(), 1)));
    expect(grade).toMatchObject({ grade: 'C' });
    expect(field(api.received[0], '/tape/0001')).toMatchObject({ error: { code: 'tape.not_kept' } });
  });
});
