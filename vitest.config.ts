import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig, type TestProjectConfiguration } from 'vitest/config';
import LongFirst from './test/support/longFirst.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// `npm test` runs the parts `pure` and `rooms`, each of the others has a command of its own; `vitest run FILE` finds any.

/** What capture survives, and its Python side, which needs an environment of its own: `npm run test:capture`. */
const CAPTURE = [
  'test/python/*.test.ts',
  'test/docs/*.test.ts',
  'test/e2e/canary.test.ts',
  'test/cli/import.test.ts',
  'test/ghost/hooks.test.ts',
  'test/ghost/kill*.test.ts',
  'test/ghost/packaging.test.ts',
  'test/ghost/pipelineFaults.test.ts',
  'test/ghost/spoolBothWays.test.ts',
  'test/ghost/spoolDisk.test.ts',
  'test/ghost/spoolTakeover.test.ts',
];
/** The durable jobs, and long runs of the whole product: `npm run test:jobs`. */
const JOBS = [
  ...['alerts', 'deploy', 'inquiry', 'login', 'nightly', 'reference'].map((room) => `test/${room}/**/*.test.ts`),
  'test/e2e/{budget,faults,gateInCi,inquiry,modelDemo}.test.ts',
  'test/people/cli.test.ts',
  'test/workflows/{drift,historySize,lanes,longHistory}.test.ts',
];
/** Rooms without services and without state of a process: their files share what they import, which costs more than they do. */
const PURE = ['drift', 'examples', 'gate', 'imports', 'record', 'replay', 'schema'].map(
  (room) => `test/${room}/**/*.test.ts`,
);

interface Part {
  readonly exclude?: readonly string[];
  readonly isolate?: boolean;
}

const part = (
  name: string,
  include: string[],
  { exclude = [], isolate = true }: Part = {},
): TestProjectConfiguration => ({
  extends: true,
  test: { name, include, exclude: [...configDefaults.exclude, ...exclude], isolate },
});

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@tenet-ledger\/record$/, replacement: here('./packages/record/src/index.ts') },
      { find: /^@tenet-ledger\/ghost$/, replacement: here('./packages/ghost/src/index.ts') },
      { find: /^@tenet-ledger\/ghost\/dagster$/, replacement: here('./packages/ghost/src/dagster/index.ts') },
      { find: /^@tenet-ledger\/ghost\/replay$/, replacement: here('./packages/ghost/src/replay.ts') },
      { find: /^@tenet-ledger\/ghost\/spool$/, replacement: here('./packages/ghost/src/spool/index.ts') },
    ],
  },
  test: {
    projects: [
      part('pure', PURE, { exclude: [...CAPTURE, ...JOBS], isolate: false }),
      part('rooms', ['test/**/*.test.ts'], { exclude: [...CAPTURE, ...JOBS, ...PURE] }),
      part('capture', CAPTURE),
      part('jobs', JOBS),
    ],
    // What tests record and never send is in nobody's own spool. Removed by globalSetup.
    env: { TENET_SPOOL_DIR: join(tmpdir(), `tenet-test-spool-${process.pid}`) },
    globalSetup: ['./test/support/globalSetup.ts'],
    // Compiled code runs as Node runs it: end-to-end tests see what a user starts.
    server: { deps: { external: [/\/dist\//] } },
    pool: 'forks',
    // One more than cores, usually: end-to-end tests wait for other processes most of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/countReporter.ts'],
  },
});
