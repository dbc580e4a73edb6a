import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReplayResult } from '@tenet-ledger/ghost/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReplayResult } from '../../src/replay/index.js';
import type { ReplayChild } from '../../workers/agent/replayChild.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { line, newChild, resultOf, runLines } from './childSetup.js';
import { POLICY } from '../ghost/replaySetup.js';

let child: ReplayChild;
let site: Server;
let visits = 0;
let port: number;
let url: string;

beforeAll(async () => {
  child = newChild();
  site = createServer((_, response) => {
    visits += 1;
    response.end('reached');
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  ({ port } = site.address() as AddressInfo);
  url = `http://127.0.0.1:${port}/`;
});
afterAll(async () => {
  await child.stop();
  site.close();
});

const one = async (act: string, more: object = {}, policy = {}): Promise<ReplayResult> => {
  const [result] = await runLines(child, [line(act, more)], policy);
  expect(() => parseReplayResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
  return result!;
};

describe('the fence', () => {
  it.each([
    'fetch',
    'swallow',
    'http',
    'https',
    'tls',
    'net',
    'unix',
    'unheard',
    'dns',
    'dnsPromise',
    'resolver',
    'udp',
    'exec',
    'spawn',
    'thread',
  ])('refuses %s and reports it, whatever the agent makes of it', async (act) => {
    const result = await one(act, { url, port });
    expect(result).toMatchObject({
      status: 'refused',
      outcome: null,
      refusal: { code: 'replay.fence' },
      calls: { refused: 1 },
    });
    expect(visits).toBe(0);
    expect(await one('ok')).toMatchObject({ status: 'done', outcome: 'ok' });
  });

  it('names what was tried', async () => {
    expect((await one('fetch', { url })).refusal?.message).toContain(`a connection to 127.0.0.1:${port}`);
    expect((await one('dns')).refusal?.message).toContain('a look-up of example.com');
  });

  it('gives the agent an empty environment and no channel to its parent', async () => {
    expect(await one('environment')).toMatchObject({
      outcome: JSON.stringify({ env: ['OPENAI_API_KEY'], send: 'undefined' }),
    });
  });
});

describe('a lane with live reads', () => {
  it('reaches the endpoints it was given, through a tool that pins its reads, and only while the lane allows it', async () => {
    const reader = newChild({ liveReads: [`127.0.0.1:${port}`] });
    const before = visits;
    const [read, raw] = await runLines(reader, [line('web', { url }), line('https')], { liveReads: true });
    expect(read).toMatchObject({
      status: 'done',
      outcome: 'reached',
      calls: { run: 1 },
      liveCalls: [{ name: 'web', key: url }],
    });
    expect(raw).toMatchObject({ status: 'refused', refusal: { code: 'replay.fence' } });
    // The connection of the read is still open when the next lane begins.
    const [fenced, taped] = await runLines(reader, [line('fetch', { url }), line('web', { url })]);
    expect(fenced).toMatchObject({ status: 'refused', refusal: { code: 'replay.fence' } });
    expect(taped).toMatchObject({ status: 'refused', refusal: { code: 'replay.no_tape' } });
    expect(visits).toBe(before + 1);
    await reader.stop();
  });
});

describe('a live lane', () => {
  let lane: ModelServer;
  let live: ReplayChild;
  beforeAll(async () => {
    lane = await startModelServer();
    live = newChild({ model: { baseURL: lane.url, apiKey: 'sk-lane' } });
  });
  afterAll(async () => {
    await live.stop();
    await lane.close();
  });
  const policy = { model: 'live' as const };

  it('reaches the model endpoint of the lane and nothing else', async () => {
    const before = visits;
    const results = await runLines(
      live,
      [line('model', { content: 'hello' }), line('modelAndFetch', { content: 'x', url })],
      policy,
    );
    expect(results[0]).toMatchObject({ status: 'done', outcome: 'hello', calls: { model: 1 }, findings: [] });
    expect(results[0]?.usage.promptTokens).toBeGreaterThan(0);
    expect(results[1]).toMatchObject({ status: 'refused', refusal: { code: 'replay.fence' } });
    expect(lane.requests[0]?.authorization).toBe('Bearer sk-lane');
    expect(visits).toBe(before);
  });

  it('does not reach it where the lane answers from the tape', async () => {
    const before = lane.requests.length;
    expect(await runLines(live, [line('model', { content: 'hello' })])).toMatchObject([
      { status: 'refused', refusal: { code: 'replay.no_tape' } },
    ]);
    expect(await runLines(live, [line('fetch', { url: lane.url })])).toMatchObject([
      { status: 'refused', refusal: { code: 'replay.fence' } },
    ]);
    expect(lane.requests).toHaveLength(before);
  });

  it('asks for each call of a metered lane', async () => {
    let left = 1;
    const lines = [line('model', { content: 'a' }), line('model', { content: 'b' })];
    const rows = await live.run({ lines, policy: { ...POLICY, ...policy }, takeCall: () => left-- > 0 });
    expect(rows.map((row) => [row.status, row.code])).toEqual([
      ['done', null],
      ['refused', 'replay.budget'],
    ]);
  });

  it('says when a failing endpoint may be asked again', async () => {
    lane.script({ retryAfterSeconds: 7 });
    const [row] = await live.run({
      lines: [line('model', { content: 'a' })],
      policy: { ...POLICY, ...policy },
      takeCall: null,
    });
    expect(row).toMatchObject({ status: 'refused', code: 'replay.model_unavailable', retryAfterMs: 7000 });
    expect(resultOf(row!).liveCalls).toEqual([]);
  });
});
