import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-unbuilt-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  copyFileSync(fileURLToPath(new URL('../../bin/tenet.js', import.meta.url)), join(folder, 'bin/tenet.js'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = () => spawnSync(process.execPath, [join(folder, 'bin/tenet.js'), 'demo'], { encoding: 'utf8' });

test('a checkout without a build says how to make one', () => {
  const { status, stdout, stderr } = run();
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error: Tenet is not built here: Cannot find module '.*main\.js'.*\n {2}fix {7}npm run build\n$/,
  );
});

test('one without dependencies says that they come first', () => {
  mkdirSync(join(folder, 'dist/src/cli'), { recursive: true });
  writeFileSync(join(folder, 'dist/src/cli/main.js'), `import 'commander';`);
  const { status, stderr } = run();
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^error: Tenet is not built here: Cannot find package 'commander'.*\n {2}fix {7}npm ci && npm run build\n$/,
  );
});

test('a fault in the program itself is not taken for a missing build', () => {
  writeFileSync(join(folder, 'dist/src/cli/main.js'), `throw new TypeError('broken');`);
  expect(run().stderr).toContain('TypeError: broken');
});
