import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileRedactor } from '@tenet-ledger/ghost/replay';
import { describeAgent } from '../../workers/agent/describeAgent.js';
import { readRedactRules } from '../../workers/agent/readRedactRules.js';
import { childFile, fixture, line, newChild, runLines } from './childSetup.js';

const folder = mkdtempSync(join(tmpdir(), 'tenet-redact-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('an agent wrapped with two lines is served: its type is its name', async () => {
  const args = {
    agentFile: fixture('twoLines.mjs'),
    model: null,
    liveReads: [],
    agentEnv: {},
    memoryMb: 96,
    redact: null,
  };
  expect(await describeAgent(args, childFile)).toMatchObject({
    name: 'two-lines',
    version: '4.2.0',
    type: 'two-lines',
    agent: 'two-lines@4.2.0',
  });
});

test('the worker puts pseudonyms back for the agent where it was given the key', async () => {
  const keyFile = file('key', `${Buffer.alloc(32, 3).toString('base64')}\n`);
  const rules = readRedactRules(
    file('rules.json', JSON.stringify({ pseudonyms: { paths: ['/context/inputs/name'], keyFile } })),
  );
  expect(rules.pseudonyms?.keyFile).toBeUndefined();
  const input = compileRedactor(rules).value({ name: 'Annabel' }, ['context', 'inputs']);
  const decision = [line('x', {}, { input })];
  const knowing = newChild({ file: fixture('twoLines.mjs'), redact: rules });
  const other = newChild({ file: fixture('twoLines.mjs') });
  try {
    expect(await runLines(knowing, decision)).toMatchObject([{ status: 'done', outcome: 'approve' }]);
    expect(await runLines(other, decision)).toMatchObject([{ status: 'done', outcome: 'decline' }]);
  } finally {
    await Promise.all([knowing.stop(), other.stop()]);
  }
});

test.each([
  ['is not there', () => join(folder, 'none.json'), /none\.json/],
  ['is no JSON', () => file('broken.json', '{'), /broken\.json/],
  ['has a rule that can not work', () => file('rule.json', '{"paths":["x"]}'), /redact\.paths/],
  [
    'names a key that is not there',
    () => file('key.json', '{"pseudonyms":{"paths":["/a"],"keyFile":"/no/key"}}'),
    /\/no\/key/,
  ],
])('a file of rules that %s is refused when the worker starts', (_, path, message) => {
  expect(() => readRedactRules(path())).toThrow(message);
});
