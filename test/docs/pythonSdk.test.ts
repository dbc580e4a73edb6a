import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPython, pythonEnv, type NoPython, type PythonEnv } from '../support/pythonEnv.js';
import { codeBlocks, root } from './blocks.js';
import { decisionsOf, platformForDocs, type DocsPlatform } from './platformForDocs.js';

const PACKAGE = join(root, 'python/tenet_ghost');
const requirements = readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n');
const blocks = codeBlocks('docs/python-sdk.md', 'python');

let python: PythonEnv | NoPython;
let docs: DocsPlatform;
beforeAll(async () => {
  python = await pythonEnv(requirements);
  if (!hasPython(python)) process.stderr.write(`the page of the Python SDK is not run: ${python.missing}\n`);
  docs = await platformForDocs('docs-python');
}, 300_000);
afterAll(() => docs.close());

describe('the page of the Python SDK', () => {
  it(
    'its quickstart runs, and both decisions are in the ledger with their grade',
    { timeout: 60_000 },
    async ({ skip }) => {
      if (!hasPython(python)) return skip(python.missing);
      const script = join(docs.folder, 'quickstart.py');
      writeFileSync(script, blocks[0] ?? '');
      const { code, stdout, stderr } = await docs.run(python.python, [script], { PYTHONPATH: join(PACKAGE, 'src') });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).toEqual(['a-1 approve', 'a-2 refer', 'pending 0, acknowledged 2, dropped 0']);
      expect((await decisionsOf(docs.api, 'quickstart-python')).sort()).toEqual([
        ['approve', 'A'],
        ['refer', 'A'],
      ]);
    },
  );
});
