import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { toBase64 } from '@tenet-ledger/record';
import { ensureKeyFile } from '@tenet-ledger/ghost';
import { rawPublicKey, sealKidOf } from '@tenet-ledger/ghost/spool';
import { expect, it } from 'vitest';
import { startRecordsApi, trust, type Hitch, type ReceivedRecord } from '../support/recordsApi.js';
import { filesIn, LOG, Pipes } from './support/pipelines.js';
import { built } from './support/processes.js';

const KILLS = process.env['TENET_LONG'] === undefined ? 20 : 200;
/** Two at a time, so that folders of the living and the dead lie side by side. */
const AT_ONCE = 2;
const MOST_MS_ALIVE = 250;

interface Killed {
  readonly run: number;
  /** Records whose `take` had returned: written to the spool. */
  readonly spooled: number;
}

/** Takes records as fast as it can. What it had spooled stands in a file that survives it. */
const script = (options: object): string => `
  import { writeSync } from 'node:fs';
  import { createPipeline } from '${built('delivery/pipeline.js')}';
  import { signerFromKeyFile } from '${built('identity/keyFile.js')}';
  const { keyFile, run, ...options } = ${JSON.stringify(options)};
  const pipeline = createPipeline({
    ...options,
    signer: signerFromKeyFile(keyFile),
    redact: (draft) => draft,
    problem: () => undefined,
    now: () => Date.now(),
    random: () => Math.random(),
  });
  let n = 0;
  const burst = () => {
    for (let i = 0; i < 20; i += 1) {
      pipeline.take({
        kind: 'decision', type: 'loan.approve', id: 'dec_' + run + '_' + n, agent: 'underwriter@1.0.0', links: [],
        occurredAt: '2026-11-20T09:14:02.000Z', fields: [{ path: '/context/inputs', value: { n, text: 'x'.repeat(n % 700) } }],
      });
      n += 1;
      writeSync(1, n + '\\n');
    }
    setImmediate(burst);
  };
  burst();
`;

async function runAndKill(run: number, progress: string, options: object): Promise<Killed> {
  const out = openSync(progress, 'w');
  const child = spawn(process.execPath, ['--input-type=module', '-e', script({ ...options, run })], {
    cwd: resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', out, 'inherit'],
  });
  closeSync(out);
  const dead = new Promise((done) => child.on('exit', done));
  while (statSync(progress).size === 0) {
    if (child.exitCode !== null) throw new Error(`run ${run} ended by itself with ${child.exitCode}`);
    await new Promise((done) => setTimeout(done, 2));
  }
  await new Promise((done) => setTimeout(done, Math.random() * MOST_MS_ALIVE));
  child.kill('SIGKILL');
  await dead;
  const whole = readFileSync(progress, 'utf8').split('\n').slice(0, -1);
  return { run, spooled: Number(whole.at(-1) ?? 0) };
}

const TROUBLE: readonly Hitch[] = [
  'hang-up',
  'lose-answer',
  'garbage',
  { status: 503 },
  { status: 429, retryAfter: '0' },
];

function expectWholeChains(received: readonly ReceivedRecord[]): number {
  const chains = new Map<string, ReceivedRecord[]>();
  for (const record of received) {
    const { id } = record.entry.producer;
    chains.set(id, [...(chains.get(id) ?? []), record]);
  }
  for (const chain of chains.values()) {
    chain.sort((a, b) => a.entry.producer.seq - b.entry.producer.seq);
    expect(chain.map(({ entry }) => entry.producer.seq)).toEqual(chain.map((_, i) => i + 1));
    chain.slice(1).forEach(({ entry }, i) => expect(entry.producer.prev).toBe(chain[i]!.sHash));
  }
  return chains.size;
}

it(
  `a process killed ${KILLS} times under load has lost nothing that was spooled, sent nothing twice and left no gap`,
  async () => {
    const api = await startRecordsApi();
    const pipes = new Pipes();
    const dir = pipes.dir();
    const keyFile = join(pipes.dir(), 'key.pem');
    const signer = trust(ensureKeyFile(keyFile));
    const { privateKey } = generateKeyPairSync('x25519');
    const publicKey = rawPublicKey(privateKey);
    const sealKey = { kid: sealKidOf(publicKey), publicKey: toBase64(publicKey) };
    api.sealKeys.set(sealKey.kid, privateKey);
    const options = (run: number): object => ({
      keyFile,
      endpoint: api.url,
      apiKey: 'tnt_test',
      tenant: 'acme',
      log: LOG,
      session: `ses_${run}`,
      ...(run % 2 === 0 && { sealKey }),
      spool: { dir, fsync: 'interval', fsyncMs: 50, maxBytes: 2 ** 28, segmentBytes: 2 ** 16 },
      batch: { maxRecords: 200, maxBytes: 2 ** 22, lingerMs: 5, requestTimeoutMs: 5_000 },
    });

    const killed: Killed[] = [];
    let next = 0;
    let met = 0;
    const slot = async (): Promise<void> => {
      while (next < KILLS) {
        const run = next;
        next += 1;
        // One trouble at a time: what the killed did not meet must not wait for the last.
        if (api.requests.length > met || run === 0) api.hitch(TROUBLE[run % TROUBLE.length]!);
        met = api.requests.length;
        killed.push(await runAndKill(run, join(dir, `progress_${run}`), options(run)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, slot));
    const sent = api.received.length;

    const { pipeline, problems } = pipes.make(api.url, { signer, spool: { dir } });
    await expect.poll(() => filesIn(dir), { timeout: KILLS * 1_000, interval: 100 }).toEqual({});
    pipeline.close();

    const ids = api.received.map(({ entry }) => entry.id);
    const unique = new Set(ids);
    expect(unique.size).toBe(ids.length);
    const spooled = killed.flatMap(({ run, spooled: count }) =>
      Array.from({ length: count }, (_, n) => `dec_${run}_${n}`),
    );
    expect(spooled.filter((id) => !unique.has(id))).toEqual([]);
    expect(api.received.every(({ signatureOk }) => signatureOk)).toBe(true);
    expect(expectWholeChains(api.received)).toBe(KILLS);
    expect(problems.filter(({ code }) => code.startsWith('spool.'))).toEqual([]);
    if (process.env['TENET_LONG'] !== undefined)
      console.log(
        `${KILLS} kills: ${spooled.length} records were known to be spooled, ${ids.length} arrived, ${sent} of them before the last kill`,
      );
    pipes.clear();
    await api.close();
  },
  KILLS * 3_000,
);
