import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../dist/src/config/index.js';
import { startStack, type Stack } from '../../dist/src/runtime/index.js';
import { ghost } from '../../packages/ghost/dist/index.js';
import { hasPython, pythonEnv } from '../support/pythonEnv.js';
import { toolsDir } from '../support/toolsDir.js';

/** Dagster itself is 230 MB and takes its time: this runs where it is asked for. */
const asked = process.env['TENET_DAGSTER'] === '1';
if (!asked) process.stderr.write('Dagster is not tested here: npm run test:dagster\n');

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGE = join(ROOT, 'python/dagster_tenet');
const EXAMPLE = join(ROOT, 'examples/dagster-underwriting');
const PYTHONPATH = [join(PACKAGE, 'src'), join(ROOT, 'python/tenet_ghost/src'), EXAMPLE].join(':');
const requirements = readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n');

const env = asked ? await pythonEnv(requirements, { leastVersion: '3.10' }) : { missing: 'not asked for' };
const python = hasPython(env) ? env.python : '';
if (asked && !hasPython(env)) process.stderr.write(`Dagster is not tested: ${env.missing}\n`);

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}, cwd = PACKAGE): Promise<Ended> {
  const own = { PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore', DAGSTER_DISABLE_TELEMETRY: '1' };
  const child = spawn(python, args, { cwd, env: { ...process.env, ...own, ...more } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-12_000)));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, said }));
  });
}

describe.skipIf(!hasPython(env))('the Dagster integration', () => {
  test('passes its own tests, Pipes with a Node process under Dagster among them', async () => {
    const { code, said } = await run(['-m', 'pytest', 'tests']);
    expect(code, said).toBe(0);
  }, 300_000);

  const READ = ['src', 'tests', 'tests_e2e', '../../examples/dagster-underwriting'];
  test.each([['mypy'], ['ruff', 'check', ...READ], ['ruff', 'format', '--check', ...READ]])(
    'has nothing to fix for %s %s',
    async (tool, ...args) => {
      const { code, said } = await run(['-m', tool, ...args]);
      expect(code, said).toBe(0);
    },
    300_000,
  );

  describe('the example against a running platform', () => {
    let stack: Stack;
    let folder: string;
    let variables: Record<string, string>;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tenet-dagster-'));
      const stateDir = join(folder, 'state');
      stack = await startStack(loadConfig({ flags: { stateDir, toolsDir }, env: {} }).value);
      const { apiKeys } = stack.stores;
      const { apiKey: token } = await apiKeys.mint({ scopes: ['enrol'], label: 'dagster', singleUse: true });
      const identity = await ghost.enrol({ endpoint: stack.apiUrl, token, keyFile: join(folder, 'record.pem') });
      const { apiKey: readKey } = await apiKeys.mint({ scopes: ['read', 'gate'], label: 'dagster checks' });
      writeFileSync(join(folder, 'identity.json'), JSON.stringify(identity), { mode: 0o600 });
      variables = {
        TENET_IDENTITY: join(folder, 'identity.json'),
        TENET_READ_KEY: readKey,
        TENET_CLI: `${process.execPath} ${join(ROOT, 'bin/tenet.js')}`,
        TENET_STATE_DIR: stateDir,
        TENET_TOOLS_DIR: toolsDir,
        TENET_SPOOL_DIR: join(folder, 'spool'),
        LETTER_OUTBOX: join(folder, 'letters.jsonl'),
      };
    }, 120_000);

    afterAll(async () => {
      await stack?.stop();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    test('loads as a project', async () => {
      const home = mkdtempSync(join(folder, 'home-'));
      const { code, said } = await run(
        ['-m', 'dagster', 'definitions', 'validate'],
        { ...variables, DAGSTER_HOME: home },
        EXAMPLE,
      );
      expect(code, said).toBe(0);
    }, 120_000);

    test.each(['recording', 'gates'])('%s', async (file) => {
      const { code, said } = await run(['-m', 'pytest', `tests_e2e/test_${file}.py`], variables);
      expect(code, said).toBe(0);
    }, 400_000);
  });
});
