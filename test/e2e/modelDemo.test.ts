import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { toolsDir } from '../support/toolsDir.js';
import { ROOT } from './world.js';

/** The demo with its rationale worded by a model: an OpenAI-compatible stand-in that never says a line twice the same way. */
let server: ModelServer;
let stateDir: string;

const WAYS = [
  (line: string): string => line,
  (line: string): string => `Noted: ${line}`,
  (line: string): string => `${line.slice(0, -1)}, as recorded.`,
];

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'tenet-model-'));
  let calls = 0;
  server = await startModelServer({
    respond({ body }) {
      const messages = body['messages'] as readonly { role: string; content: string }[];
      const lines = (messages.at(-1)?.content ?? '').split('\n');
      calls += 1;
      const content = lines.map((line, at) => (WAYS[(calls + at * 7) % WAYS.length] ?? String)(line)).join('\n');
      return { content, model: 'stand-in-2026' };
    },
  });
});

afterAll(async () => {
  await server?.close();
  rmSync(stateDir, { recursive: true, force: true });
});

test('a live model words the rationale in capture and in every lane, and the gates say the same', async () => {
  const env = { ...process.env, TENET_TOOLS_DIR: toolsDir, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'test' };
  const args = [join(ROOT, 'bin/tenet.js'), 'demo', '--model', 'stand-in', '-o', 'json', '--state-dir', stateDir];
  const child = spawn(process.execPath, args, { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect({ exit, tail: exit === 0 ? '' : stderr.slice(-4_000) }).toEqual({ exit: 0, tail: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    failures: [],
    gates: [{ status: 'pass' }, { status: 'fail' }, { status: 'fail' }],
  });
  // 1,000 recorded, 300 × 3 control re-runs, 300 of each of three candidates.
  expect(server.requests.length).toBeGreaterThanOrEqual(1_000 + 900 + 900);
}, 180_000);
