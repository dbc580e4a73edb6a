import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureKeyFile } from '@tenet-ledger/ghost';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasPython, pythonEnv, type NoPython, type PythonEnv } from '../support/pythonEnv.js';
import { startRecordsApi, trust, type RecordsApi } from '../support/recordsApi.js';
import { fieldsDraft } from './support/drafts.js';
import { filesIn, LOG, Pipes } from './support/pipelines.js';
import { outputOf } from './support/processes.js';

const PACKAGE = resolve(import.meta.dirname, '../../python/tenet_ghost');
const requirements = readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n');
const NOWHERE = 'http://127.0.0.1:9';

let python: PythonEnv | NoPython;
let api: RecordsApi;
const pipes = new Pipes();
beforeAll(async () => {
  python = await pythonEnv(requirements);
}, 300_000);
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());
afterAll(() => pipes.clear());

/** Records so many decisions with the Python SDK, then waits for its end. */
function startPython({ python: path }: PythonEnv, endpoint: string, dir: string, keyFile: string, count: number) {
  const options = {
    endpoint,
    api_key: 'tnt_test',
    tenant: 'acme',
    log: LOG,
    key_file: keyFile,
    session: 'ses_python',
    spool: { dir },
    batch: { linger_ms: 1 },
  };
  const script = `
import json, sys, time
from tenet_ghost import ghost
ghost.configure(**json.loads(sys.argv[1]))
for n in range(${count}):
    ghost.decision(agent="underwriter", version="1", type="loan.approve", outcome="approve", key=f"py-{n}")
deadline = time.monotonic() + 10
while ghost.stats().spooled < ${count} and time.monotonic() < deadline:
    time.sleep(0.01)
print("spooled", flush=True)
time.sleep(60)
`;
  return spawn(path, ['-c', script, JSON.stringify(options)], {
    env: { ...process.env, PYTHONPATH: join(PACKAGE, 'src'), PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function expectChains(chains: number, records: number): void {
  const byProducer = new Map<string, number[]>();
  for (const { entry } of api.received)
    byProducer.set(entry.producer.id, [...(byProducer.get(entry.producer.id) ?? []), entry.producer.seq]);
  expect(byProducer.size).toBe(chains);
  for (const seqs of byProducer.values()) expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  expect(api.received.filter(({ entry }) => entry.kind === 'decision')).toHaveLength(records);
  expect(api.received.every(({ signatureOk }) => signatureOk)).toBe(true);
}

describe('a spool', () => {
  it('that a Python process left when it was killed is delivered by this one', async ({ skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    const dir = pipes.dir();
    const keyFile = join(pipes.dir(), 'key.pem');
    const signer = trust(ensureKeyFile(keyFile));
    const child = startPython(python, NOWHERE, dir, keyFile, 30);
    await new Promise((done) => child.stdout.once('data', done));
    pipes.make(api.url, { signer, spool: { dir } });
    await new Promise((done) => setTimeout(done, 200));
    expect(api.received).toHaveLength(0);
    const ended = outputOf(child);
    child.kill('SIGKILL');
    await ended;
    pipes.make(api.url, { signer, spool: { dir } });
    await expect.poll(() => filesIn(dir), { timeout: 10_000 }).toEqual({});
    expectChains(1, 30);
  });

  it('that this process let go is delivered by a Python one', async ({ skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    const dir = pipes.dir();
    const keyFile = join(pipes.dir(), 'key.pem');
    const signer = trust(ensureKeyFile(keyFile));
    const { pipeline } = pipes.make(NOWHERE, { signer, spool: { dir, segmentBytes: 8_192 } });
    for (let i = 0; i < 30; i += 1) pipeline.take(fieldsDraft(`dec_${i}`));
    pipeline.close();
    const child = startPython(python, api.url, dir, keyFile, 1);
    await expect.poll(() => api.received.length, { timeout: 10_000 }).toBe(32);
    const ended = outputOf(child);
    child.kill('SIGKILL');
    await ended;
    expectChains(2, 31);
  });
});
