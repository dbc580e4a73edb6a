import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ghost, nodeSigner, type GhostConfig, type GhostProblem } from '@tenet-ledger/ghost';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, field } from './setup.js';

const dir = mkdtempSync(join(tmpdir(), 'tenet-host-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

const decide = ghost.agent({ name: 'a', version: '1', type: 't', outcome: String }, (n: number) => n);
const later = ghost.agent({ name: 'a', version: '1', type: 't', outcome: String }, async (n: number) => n);
const decisions = (): readonly string[] =>
  api.received
    .filter(({ entry }) => entry.kind === 'decision')
    .map((record) => field(record, '/decision/outcome') as string);
const captured = (type: string): readonly Record<string, unknown>[] =>
  api.received
    .filter(({ entry }) => entry.type === type)
    .map(({ fields }) =>
      Object.fromEntries([...fields].map(([path, value]) => [path.slice('/capture/'.length), value])),
    );

describe('a configuration', () => {
  const good = (): GhostConfig => ({
    ...{ endpoint: api.url, apiKey: 'k', tenant: 'acme', log: 'ledger.test/acme', spool: { dir } },
    signer: nodeSigner(generateKeyPairSync('ed25519').privateKey),
  });
  const faults: [string, object, string][] = [
    ['endpoint', { endpoint: 'platform' }, 'give it as https://host'],
    ['apiKey', { apiKey: '' }, 'is missing'],
    ['keyFile', { signer: undefined }, 'ghost.enrol'],
    ['keyFile', { signer: undefined, keyFile: '/nowhere/key.pem' }, 'ghost.enrol writes one'],
    ['tagKey', { tagKey: 'c2hvcnQ=' }, 'is 5 bytes: expected 32 in base64'],
    ['full', { full: 'wait' }, "expected 'drop-newest' or { block: milliseconds }"],
    ['full', { full: { block: 0 } }, "expected 'drop-newest' or { block: milliseconds }"],
    ['ack', { ack: 'disk' }, "expected 'spool' or 'server'"],
    ['ringBytes', { ringBytes: 1024 }, 'expected a number from 4194304'],
    ['spool.fsync', { spool: { dir, fsync: 'sometimes' } }, "expected 'always' or 'interval' or 'never'"],
    ['spool.maxBytes', { spool: { dir, maxBytes: 10 } }, 'expected a number from'],
    ['batch.maxRecords', { batch: { maxRecords: 0 } }, 'expected a number from 1'],
    ['sealKey.publicKey', { sealKey: { kid: 'x', publicKey: 'abc' } }, 'expected 32 in base64'],
  ];
  it.each(faults)('that can not work names the field and what to do: %s %j', (name, wrong, fix) => {
    const problems: GhostProblem[] = [];
    expect(ghost.configure({ ...good(), ...wrong, onProblem: (problem) => void problems.push(problem) })).toBe(false);
    expect(problems).toMatchObject([{ code: 'ghost.not_configured', field: name }]);
    expect(problems[0]?.message).toContain(fix);
    expect(decide(1)).toBe(1);
  });

  it('that takes the place of another lets what was recorded before arrive', async () => {
    configureFor(api);
    for (let n = 0; n < 50; n += 1) decide(n);
    configureFor(api);
    decide(50);
    await ghost.flush();
    await expect.poll(() => decisions().length).toBe(51);
  });
});

describe('a full ring', () => {
  /** 6,000 decisions of 3 KB do not fit into 4 MiB while nothing is taken: the loop does not yield. */
  const long = 'x'.repeat(3000);
  const wordy = ghost.agent({ name: 'a', version: '1', type: 't', outcome: () => 'x', reasons: () => [long] }, () => 1);

  it('drops the newest, counts them in a signed record, and says so once', async () => {
    const { problems } = configureFor(api, { ringBytes: 4_194_304 });
    for (let n = 0; n < 3_000; n += 1) wordy();
    const { dropped } = ghost.stats();
    expect(dropped).toBeGreaterThan(500);
    expect(await ghost.flush()).toEqual({ pending: 0 });
    expect(decisions().length + dropped).toBe(3_000);
    expect(captured('capture.dropped').at(-1)).toMatchObject({ dropped, policy: 'drop-newest', session: 'ses_test' });
    expect(problems.map(({ code }) => code)).toEqual(['ghost.queue_full']);
    expect(ghost.stats()).toMatchObject({ enqueued: 3_000, acknowledged: 3_000 - dropped, dropped, blockedMs: 0 });
  });

  it('holds the caller up to the limit under block, and counts the time', async () => {
    configureFor(api, { ringBytes: 4_194_304, full: { block: 10_000 } });
    for (let n = 0; n < 3_000; n += 1) wordy();
    expect(await ghost.flush({ timeout: 25_000 })).toEqual({ pending: 0 });
    expect(decisions()).toHaveLength(3_000);
    const { dropped, blockedMs } = ghost.stats();
    expect(dropped).toBe(0);
    expect(blockedMs).toBeGreaterThan(10);
  });
});

describe('waiting for the server', () => {
  it.each([{ ack: 'server' }, { serverless: true }] as const)(
    '%j holds an async agent’s promise until the commit',
    async (more) => {
      configureFor(api, more);
      expect(await later(7)).toBe(7);
      expect(decisions()).toEqual(['7']);
      expect(ghost.stats()).toMatchObject({ enqueued: 1, acknowledged: 1 });
    },
  );

  it('is for its own record: others that go on recording do not hold it', async () => {
    configureFor(api, { ack: 'server' });
    let more = true;
    let n = 1_000;
    const others = (): void => {
      for (let i = 0; i < 20; i += 1) decide((n += 1));
      if (more) setImmediate(others);
    };
    others();
    const from = performance.now();
    expect(await later(7)).toBe(7);
    more = false;
    expect(decisions()).toContain('7');
    // The bound is 5 s.
    expect(performance.now() - from).toBeLessThan(4_000);
    await ghost.flush();
  });

  it('is not done by default', async () => {
    configureFor(api, { batch: { lingerMs: 200 } });
    expect(await later(7)).toBe(7);
    expect(decisions()).toEqual([]);
  });
});

describe('an orderly end', () => {
  it('brings everything and the last words to the server, and nothing is taken after them', async () => {
    const { problems } = configureFor(api);
    for (let n = 0; n < 50; n += 1) decide(n);
    expect(await ghost.close()).toEqual({ pending: 0 });
    expect(api.received.map(({ entry }) => entry.type)).toEqual([...Array<string>(50).fill('t'), 'capture.closed']);
    expect(captured('capture.closed')).toMatchObject([{ records: 50, dropped: 0 }]);
    expect(problems).toEqual([]);
    expect(decide(50)).toBe(50);
    expect(ghost.stats()).toMatchObject({ enqueued: 51, acknowledged: 50, dropped: 1 });
    expect(problems).toMatchObject([{ code: 'ghost.closed' }]);
    expect(await ghost.close()).toMatchObject({ pending: 0 });
    configureFor(api);
    decide(51);
    await ghost.flush();
    expect(decisions().at(-1)).toBe('51');
  });

  it('waits for a server that is away no longer than it is told to; what is unsent waits in the spool', async () => {
    configureFor(api, { endpoint: 'http://127.0.0.1:9', spool: { dir } });
    decide(1);
    const from = performance.now();
    // The decision and the last words.
    expect(await ghost.close({ timeout: 200 })).toEqual({ pending: 2 });
    expect(performance.now() - from).toBeLessThan(4_000);
    expect(ghost.stats()).toMatchObject({ spooled: 1, acknowledged: 0, dropped: 0 });
  });
});

describe('sampling', () => {
  it('is refused without a reason, and everything is recorded', async () => {
    const { problems } = configureFor(api, { sampling: { t: { rate: 0, reason: '' } } });
    for (let n = 0; n < 10; n += 1) decide(n);
    await ghost.flush();
    expect(decisions()).toHaveLength(10);
    expect(problems).toMatchObject([{ code: 'ghost.sampling_refused', field: 'sampling.t' }]);
    expect(problems[0]?.message).toContain("can't prove that nothing was left out");
  });

  it('keeps the share it is told to of one type, and records how many it saw', async () => {
    configureFor(api, { sampling: { t: { rate: 0.25, reason: 'a million a day' } } });
    const other = ghost.agent({ name: 'b', version: '1', type: 'u', outcome: String }, (n: number) => n);
    for (let n = 0; n < 400; n += 1) decide(n);
    for (let n = 0; n < 5; n += 1) other(n);
    await ghost.flush();
    const kept = decisions().length - 5;
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThan(160);
    const said = { type: 't', rate: 0.25, reason: 'a million a day', seen: 400, kept, session: 'ses_test' };
    expect(captured('capture.sampled').at(-1)).toEqual(said);
  });
});
