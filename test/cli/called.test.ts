import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asCalled, calledAs } from '../../src/cli/called.js';
import { BINARY } from './named.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tenet-called-'));
  for (const folder of ['bin', 'node_modules/.bin', 'my tools']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['bin/tenet.js', 'bin/plain.js', 'node_modules/.bin/tenet', 'my tools/tenet.js']) {
    writeFileSync(join(root, file), '');
    chmodSync(join(root, file), file.includes('plain') ? 0o644 : 0o755);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PATH = (): string => `/usr/bin:${join(root, 'node_modules/.bin')}`;
const command = (script: string, cwd = '', env: NodeJS.ProcessEnv = {}): string =>
  calledAs(['/usr/bin/node', script], join(root, cwd), env).command;

describe('the command that hints begin with', () => {
  test('is the name where the shell finds it by that name', () => {
    expect(command(join(root, 'node_modules/.bin/tenet'), '', { PATH: PATH() })).toBe('tenet');
  });

  test('is npx where npm alone finds it', () => {
    const env = { PATH: PATH(), npm_command: 'exec' };
    expect(command(join(root, 'node_modules/.bin/tenet'), '', env)).toBe('npx tenet');
  });

  test('is the path it was run by, as seen from here', () => {
    expect(command('bin/tenet.js')).toBe('bin/tenet.js');
    expect(command(join(root, 'bin/tenet.js'))).toBe('bin/tenet.js');
    expect(command('../bin/tenet.js', 'my tools')).toBe('../bin/tenet.js');
    expect(command('tenet.js', 'bin')).toBe('./tenet.js');
    expect(command(join(root, 'node_modules/.bin/tenet'))).toBe('node_modules/.bin/tenet');
    expect(calledAs(['node', join(root, 'bin/tenet.js')], '/').command).toBe(join(root, 'bin/tenet.js').slice(1));
  });

  test('is quoted where it must be, and run by node where it cannot run by itself', () => {
    expect(command('my tools/tenet.js')).toBe(`'my tools/tenet.js'`);
    expect(command('bin/plain.js')).toBe('node bin/plain.js');
  });
});

describe('what hints keep of a command line', () => {
  test.each([
    [['demo'], ''],
    [['demo', '--state-dir', 'other place'], ` --state-dir 'other place'`],
    [['--state-dir=/x', 'demo', '--config', 'c.yaml'], ' --state-dir /x --config c.yaml'],
    [['--state-dir', '/x', '--state-dir', '/y', 'demo'], ' --state-dir /y'],
    [['demo', '--', '--state-dir', '/x'], ''],
    [['demo', '--state-dir'], ''],
  ])('%j', (args, flags) => {
    expect(calledAs(['node', 'bin/tenet.js', ...args], root, {}).flags).toBe(flags);
  });
});

describe('our own text', () => {
  const as = { command: 'bin/tenet.js', flags: ' --state-dir /x' };
  test.each([
    [
      'run `tenet ledger fsck`; nothing was written',
      'run `bin/tenet.js --state-dir /x ledger fsck`; nothing was written',
    ],
    [
      'tenet gate show g, then tenet dev',
      'bin/tenet.js --state-dir /x gate show g, then bin/tenet.js --state-dir /x dev',
    ],
    ['tenet demo --state-dir ANOTHER', 'bin/tenet.js demo --state-dir ANOTHER'],
    ['TENET_TENANT=acme tenet config show', 'TENET_TENANT=acme bin/tenet.js --state-dir /x config show'],
    [
      'npx tenet demo of a tenet nature, /usr/bin/tenet demo',
      'npx bin/tenet.js --state-dir /x demo of a tenet nature, /usr/bin/tenet demo',
    ],
  ])('%s', (text, typed) => {
    expect(asCalled(text, as)).toBe(typed);
  });
});

describe('the binary', () => {
  test('run by its path prints commands that begin with that path', () => {
    const run = spawnSync(process.execPath, [BINARY, 'gate', 'check', 'absent.yaml', '--help'], {
      cwd: join(BINARY, '../..'),
      env: {},
      encoding: 'utf8',
    });
    expect(run.stdout).toContain('$ bin/tenet.js gate check examples/underwriting/gates/underwriter.yaml');
    expect(run.stdout).not.toMatch(/\$ tenet /);
  });
});
