import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canonicalize } from '@tenet-ledger/record';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentDigest, agentQueue, digestFiles } from '../../src/agents/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>, root = folder): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return join(root, Object.keys(files)[0]!);
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the digest of an agent', () => {
  it('is SHA-256 over the canonical list of paths and digests', async () => {
    const files = {
      'app/agent.js': `import { a } from './lib/a.js';\nexport * from '../shared/b.js';`,
      'app/lib/a.js': 'export const a = 1;',
      'shared/b.js': 'export const b = 2;',
      'app/unused.js': 'export const c = 3;',
      'package-lock.json': '{}',
    };
    const entry = write(files);
    const expected = [
      ['../shared/b.js', sha(files['shared/b.js'])],
      ['agent.js', sha(files['app/agent.js'])],
      ['lib/a.js', sha(files['app/lib/a.js'])],
      ['package-lock.json', sha('{}')],
    ];
    expect(await digestFiles(entry)).toEqual({ digest: sha(canonicalize(expected)), files: expected });
  });

  it('is the same in another folder, and another after any change to code or lock file', async () => {
    const files = { 'agent.js': `import './a.js';`, 'a.js': '1;', 'package-lock.json': '{}' };
    const first = await agentDigest(write(files));
    const other = mkdtempSync(join(tmpdir(), 'tenet-agent-copy-'));
    cpSync(folder, other, { recursive: true });
    expect(await agentDigest(join(other, 'agent.js'))).toBe(first);
    rmSync(other, { recursive: true });
    write({ 'unrelated.js': 'x' });
    expect(await agentDigest(join(folder, 'agent.js'))).toBe(first);
    write({ 'a.js': '2;' });
    const changed = await agentDigest(join(folder, 'agent.js'));
    expect(changed).not.toBe(first);
    write({ 'package-lock.json': '{"lockfileVersion":3}' });
    expect(await agentDigest(join(folder, 'agent.js'))).not.toBe(changed);
  });

  it('follows static, dynamic, side-effect, JSON and require imports, cycles too, and leaves packages to the lock file', async () => {
    const entry = write({
      'agent.mjs': `import './side.mjs'; import data from './rules.json' with { type: 'json' }; const late = () => import('./late.mjs'); import { x } from 'package'; import fs from 'node:fs'; import y from './node_modules/inner/y.js';`,
      'side.mjs': `import './agent.mjs';`,
      'late.mjs': 'export default 1;',
      'rules.json': '{}',
      'node_modules/inner/y.js': '',
      'plain.cjs': `const a = require('./side.mjs'); require('package'); // require('./nothing')`,
    });
    const { files } = await digestFiles(entry);
    expect(files.map(([path]) => path)).toEqual(['agent.mjs', 'late.mjs', 'rules.json', 'side.mjs']);
    write({ 'nothing.js': '' });
    const plain = await digestFiles(join(folder, 'plain.cjs'));
    expect(plain.files.map(([path]) => path)).toContain('plain.cjs');
    expect(plain.files.map(([path]) => path)).toContain('side.mjs');
  });

  it.each([
    ['a file that is not there', {}, 'no such agent module'],
    ['an import that leads nowhere', { 'agent.js': `import './gone.js';` }, 'which does not exist'],
    ['text that is no JavaScript', { 'agent.js': `import { from './x.js` }, 'can not be read as JavaScript'],
  ])('refuses %s', async (_, files, message) => {
    write({ ...files, other: '' });
    await expect(agentDigest(join(folder, 'agent.js'))).rejects.toMatchObject({
      code: 'agent.invalid',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('the task queue of an agent version', () => {
  const digest = '0123456789abcdef'.repeat(4);

  it('names tenant, agent and code, with and without the version', () => {
    expect(agentQueue('acme', 'underwriter', digest)).toBe('agent.acme.underwriter.0123456789abcdef');
    expect(agentQueue('acme', 'underwriter@1.0.0', digest)).toBe('agent.acme.underwriter.0123456789abcdef');
  });

  it.each([
    ['acme.corp', 'a', digest, '/tenant'],
    ['acme', 'a b', digest, '/agent'],
    ['acme', '', digest, '/agent'],
    ['acme', 'a', 'xyz', '/digest'],
  ])('refuses %s, %s, %s', (tenant, agent, of, field) => {
    expect(() => agentQueue(tenant, agent, of)).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: expect.objectContaining({ field }) as object }),
    );
  });
});
