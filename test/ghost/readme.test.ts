import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import * as sdk from '@tenet-ledger/ghost';
import { replayAgent } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { startRecordsApi } from '../support/recordsApi.js';
import { item, POLICY } from './replaySetup.js';
import { configureFor, delivered, field } from './setup.js';

type Decide = (application: { id: string; amount: number }) => Promise<{ status: string }>;

it('the code of the README runs, is graded A, and replays', async () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../packages/ghost/README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code.replace(/^ghost\.configure.*$/m, ''), { compilerOptions: options });
  const api = await startRecordsApi();
  configureFor(api);
  const sent: unknown[] = [];
  const bureau = { find: async () => ({ score: 720 }) };
  const post = { letter: async (letter: unknown) => ({ sent: sent.push(letter) > 0 }) };
  const exported: { decide?: Decide } = {};
  const run = compileFunction(outputText, ['require', 'exports', 'bureau', 'post']) as (...given: unknown[]) => void;
  run(() => sdk, exported, bureau, post);
  expect(await exported.decide!({ id: 'a', amount: 3 })).toMatchObject({ status: 'approve' });
  const [record] = await delivered(api);
  await api.close();
  expect(field(record, '/grade')).toEqual({ grade: 'A', reasons: [] });
  const tape = ['/tape/0001', '/tape/0002'].map((path) => field(record, path) as unknown as TapeEntry);
  const result = await replayAgent(exported.decide, item(tape, { input: field(record, '/context/inputs')! }), POLICY);
  expect(result).toMatchObject({ status: 'done', outcome: 'approve', proposedActions: [{ name: 'letter.send' }] });
  expect(sent).toHaveLength(1);
});
