import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, toJavaScript, typeProblems } from './blocks.js';
import { decisionsOf, platformForDocs, type DocsPlatform } from './platformForDocs.js';

const blocks = codeBlocks('docs/typescript-sdk.md', 'ts');
let docs: DocsPlatform;
beforeAll(async () => {
  docs = await platformForDocs('docs-typescript');
});
afterAll(() => docs.close());

describe('the page of the TypeScript SDK', () => {
  test('its code type-checks under strict', () => {
    expect(blocks).toHaveLength(2);
    expect(typeProblems(docs.folder, blocks)).toEqual([]);
  }, 60_000);

  test('its quickstart runs, and both decisions are in the ledger with their grade', async () => {
    const script = join(docs.folder, 'quickstart.mjs');
    writeFileSync(script, toJavaScript(blocks[0] ?? ''));
    const { code, stdout, stderr } = await docs.run(process.execPath, [script]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'a-1 approve',
      'a-2 refer',
      '{ pending: 0, acknowledged: 2, dropped: 0 }',
    ]);
    expect((await decisionsOf(docs.api, 'quickstart')).sort()).toEqual([
      ['approve', 'A'],
      ['refer', 'A'],
    ]);
  }, 60_000);
});
