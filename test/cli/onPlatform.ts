import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { TENANT, testLedger, type TestLedger } from '../support/ledger.js';
import { installIn } from './named.js';

export interface Run {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
  /** Non-empty lines. */
  readonly out: readonly string[];
  readonly err: readonly string[];
}

export interface OnPlatform {
  readonly t: TestLedger;
  /** Where the commands run. */
  readonly folder: string;
  readonly tenet: (...argv: readonly string[]) => Run;
}

/** The installed binary on one ledger for all tests of a file; it is there within tests and hooks. */
export function onPlatform(setUp: (on: OnPlatform) => unknown = () => undefined): OnPlatform {
  let t: TestLedger;
  let folder: string;
  let installed: ReturnType<typeof installIn>;
  const on: OnPlatform = {
    get t() {
      return t;
    },
    get folder() {
      return folder;
    },
    tenet: (...argv) => {
      const env = {
        ...installed.env,
        TENET_DATABASE_URL: t.database.url,
        TENET_STATE_DIR: t.stateDir,
        TENET_TENANT: TENANT,
      };
      const { status, stdout, stderr } = spawnSync(process.execPath, [installed.script, ...argv], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      const filled = (text: string): string[] => text.split('\n').filter((line) => line !== '');
      return { exit: status, stdout, stderr, lines: stdout.split('\n'), out: filled(stdout), err: filled(stderr) };
    },
  };
  beforeAll(async () => {
    t = await testLedger();
    folder = mkdtempSync(join(tmpdir(), 'tenet-cli-'));
    installed = installIn(folder);
    await setUp(on);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await t.drop();
  });
  return on;
}
