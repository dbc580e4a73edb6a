import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { filesIn } from './pipelines.js';
import { built } from './processes.js';

/** Two at a time, so that folders of the living and the dead lie side by side. */
const AT_ONCE = 2;
const MOST_MS_ALIVE = process.env['TENET_LONG'] === undefined ? 150 : 400;

export interface Killed {
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

export interface KillTarget {
  readonly keyFile: string;
  readonly endpoint: string;
  readonly log: string;
  readonly dir: string;
  readonly run: number;
  readonly apiKey?: string;
  readonly sealKey: { readonly kid: string; readonly publicKey: string } | undefined;
}

export const killOptions = ({ keyFile, endpoint, log, dir, run, apiKey, sealKey }: KillTarget): object => ({
  keyFile,
  endpoint,
  apiKey: apiKey ?? 'tnt_test',
  tenant: 'acme',
  log,
  session: `ses_${run}`,
  ...(sealKey && { sealKey }),
  spool: { dir, fsync: 'interval', fsyncMs: 50, maxBytes: 2 ** 28, segmentBytes: 2 ** 16 },
  batch: { maxRecords: 200, maxBytes: 2 ** 22, lingerMs: 5, requestTimeoutMs: 5_000 },
});

/** Runs so many processes, kills each at a random moment and says what each had spooled. */
export async function killMany(kills: number, dir: string, options: (run: number) => object): Promise<Killed[]> {
  const killed: Killed[] = [];
  let next = 0;
  const slot = async (): Promise<void> => {
    while (next < kills) {
      const run = next;
      next += 1;
      killed.push(await runAndKill(run, join(dir, `progress_${run}`), options(run)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, slot));
  return killed;
}

/** Ids of the records whose `take` had returned. */
export const spooledIds = (killed: readonly Killed[]): string[] =>
  killed.flatMap(({ run, spooled }) => Array.from({ length: spooled }, (_, n) => `dec_${run}_${n}`));

/** One that was killed in the middle of a take-over left a folder without a lock, which is left alone for a minute: now it has passed. */
export function passTheMinute(dir: string): void {
  const old = new Date(Date.now() - 120_000);
  for (const [name, files] of Object.entries(filesIn(dir)))
    if (!files.includes('lock') && existsSync(join(dir, name))) utimesSync(join(dir, name), old, old);
}
