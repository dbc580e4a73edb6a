import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKeyFile } from '@tenet-ledger/ghost';
import { readLeaf, type Entry, type Submission } from '@tenet-ledger/record';
import { readSegment } from '../../../packages/ghost/src/spool/index.js';
import { built } from './processes.js';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Processes that record with the built SDK, each test with a folder for key and spool. */
export class Callers {
  readonly dir = mkdtempSync(join(tmpdir(), 'tenet-caller-test-'));
  readonly keyFile = join(this.dir, 'key.pem');
  readonly spool = join(this.dir, 'spool');

  constructor() {
    ensureKeyFile(this.keyFile);
  }

  /** Starts every script: a configured SDK, `decide(n)`, and `say` for what the test reads. The server is away. */
  prelude(more: object = {}): string {
    const config = {
      ...{ endpoint: 'http://127.0.0.1:9', apiKey: 'tnt_test', tenant: 'acme', log: 'ledger.test/acme' },
      ...{ keyFile: this.keyFile, spool: { dir: this.spool } },
      ...more,
    };
    return `
      import { ghost } from '${built('index.js')}';
      import { writeSync } from 'node:fs';
      const say = (what) => writeSync(1, JSON.stringify(what) + '\\n');
      const problems = [];
      ghost.configure({ ...${JSON.stringify(config)}, onProblem: (problem) => problems.push(problem) });
      const decide = ghost.agent({ name: 'a', version: '1', type: 't', outcome: String, key: (n) => process.pid + ' ' + n }, (n) => n);
    `;
  }

  /** Runs a module to its end. `during` is called at its first output. */
  run(script: string, during?: (pid: number) => void): Promise<Ended> {
    const from = performance.now();
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 25_000,
      killSignal: 'SIGKILL',
    });
    const out: string[] = [];
    const err: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (out.length === 0) during?.(child.pid!);
      out.push(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
    return new Promise((resolve) => {
      child.on('close', (status, signal) =>
        resolve({ status, signal, stdout: out.join(''), stderr: err.join(''), ms: performance.now() - from }),
      );
    });
  }

  /** Every record in every folder of the spool, by producer. */
  spooled(): ReadonlyMap<string, readonly Entry[]> {
    const found = new Map<string, Entry[]>();
    for (const producer of existsSync(this.spool) ? readdirSync(this.spool) : []) {
      const folder = join(this.spool, producer);
      const segments = readdirSync(folder).filter((name) => name.endsWith('.seg'));
      const entries = segments.sort().flatMap((name) =>
        readSegment(readFileSync(join(folder, name))).frames.map(({ bytes }) => {
          const { leaf } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Submission;
          return readLeaf(leaf).entry;
        }),
      );
      found.set(producer, entries);
    }
    return found;
  }

  decisions(): readonly Entry[] {
    return [...this.spooled().values()].flat().filter(({ kind }) => kind === 'decision');
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
