import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { AppError } from '../../errors/index.js';
import type { Embedder } from '../types.js';
import { meanPool } from './meanPool.js';

export interface LocalEmbedderOptions {
  /** `model.onnx` of all-MiniLM-L6-v2 (int8) and its `tokenizer.json`. */
  readonly modelPath: string;
  readonly tokenizerPath: string;
  /** Default: the machine's cores, at most 4. Vectors do not depend on it. */
  readonly threads?: number;
}

export interface LocalEmbedder extends Embedder {
  close(): Promise<void>;
}

const DIMS = 384;
/** What the model was trained with; longer steps are cut. */
const MAX_TOKENS = 256;
/** Measured on 2 cores: 32 texts a run give 1.9 times the rate of 8, and larger runs give no more. */
const BATCH = 32;
const MAX_THREADS = 4;

type Encode = (text: string) => number[];

/**
 * all-MiniLM-L6-v2 through onnxruntime. Only texts of equal token length share a run, so nothing is padded, and a text's vector
 * does not depend on what else is embedded: the same bytes alone or among others. The weights' digests are in the id.
 */
export async function createLocalEmbedder(options: LocalEmbedderOptions): Promise<LocalEmbedder> {
  const model = await readWeights(options.modelPath);
  const tokenizerJson = await readWeights(options.tokenizerPath);
  const { InferenceSession: Session, Tensor: OrtTensor } = await import('onnxruntime-node');
  const encode = await loadTokenizer(tokenizerJson);
  const session = await Session.create(model, {
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    intraOpNumThreads: options.threads ?? Math.min(MAX_THREADS, availableParallelism()),
  });
  return {
    id: `minilm-l6-v2-int8:${digest(model)}:${digest(tokenizerJson)}:mean:${MAX_TOKENS}`,
    dims: DIMS,
    kind: 'dense',
    embed: (texts, embedOptions) => embedAll(texts, encode, { session, OrtTensor }, embedOptions?.signal),
    close: () => session.release(),
  };
}

/** The part of the tokenizer that is used; its own declarations do not resolve under NodeNext. */
interface TokenizerModule {
  readonly Tokenizer: new (definition: unknown, config: object) => { encode(text: string): { readonly ids: number[] } };
}

async function loadTokenizer(json: Buffer): Promise<Encode> {
  const { Tokenizer } = (await import('@huggingface/tokenizers')) as unknown as TokenizerModule;
  const tokenizer = new Tokenizer(JSON.parse(json.toString('utf8')), {});
  return (text) => clip(tokenizer.encode(text).ids);
}

interface Runtime {
  readonly session: InferenceSession;
  readonly OrtTensor: typeof Tensor;
}

async function embedAll(
  texts: readonly string[],
  encode: Encode,
  runtime: Runtime,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const ids = texts.map(encode);
  const out = new Array<Float32Array>(texts.length);
  for (const batch of batchesByLength(ids)) {
    signal?.throwIfAborted();
    const vectors = await runBatch(
      batch.map((index) => ids[index] as number[]),
      runtime,
    );
    batch.forEach((index, i) => {
      out[index] = vectors[i] as Float32Array;
    });
  }
  return out;
}

/** Indices of texts of equal token length, at most {@link BATCH} together. */
function batchesByLength(ids: readonly (readonly number[])[]): number[][] {
  const byLength = new Map<number, number[]>();
  ids.forEach((row, index) => {
    const same = byLength.get(row.length);
    if (same === undefined) byLength.set(row.length, [index]);
    else same.push(index);
  });
  const out: number[][] = [];
  for (const same of byLength.values())
    for (let at = 0; at < same.length; at += BATCH) out.push(same.slice(at, at + BATCH));
  return out;
}

async function runBatch(
  rows: readonly (readonly number[])[],
  { session, OrtTensor }: Runtime,
): Promise<Float32Array[]> {
  const tokens = rows[0]?.length ?? 0;
  const shape = [rows.length, tokens];
  const input = new BigInt64Array(rows.length * tokens);
  rows.forEach((row, i) => row.forEach((id, j) => (input[i * tokens + j] = BigInt(id))));
  const result = await session.run({
    input_ids: new OrtTensor('int64', input, shape),
    attention_mask: new OrtTensor('int64', new BigInt64Array(input.length).fill(1n), shape),
    token_type_ids: new OrtTensor('int64', new BigInt64Array(input.length), shape),
  });
  const hidden = result['last_hidden_state']?.data;
  if (!(hidden instanceof Float32Array) || hidden.length !== rows.length * tokens * DIMS) {
    throw new AppError('embedder.invalid', 'the model did not answer with 384 dimensions per token', {
      expected: `${rows.length * tokens * DIMS} numbers`,
      got: `${hidden?.length ?? 0}`,
      fix: 'Remove the weights folder and let the set-up fetch it again.',
    });
  }
  return meanPool(hidden, rows.length, tokens, DIMS);
}

/** Cuts in the middle of nothing: the closing token stays last. */
function clip(ids: readonly number[]): number[] {
  const last = ids.at(-1);
  return ids.length <= MAX_TOKENS || last === undefined ? [...ids] : [...ids.slice(0, MAX_TOKENS - 1), last];
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

async function readWeights(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const details = { field: path, fix: 'Run the set-up again, or use the lexical embedder.' };
    throw new AppError('services.tool_missing', 'the embedder’s weights could not be read', details, { cause });
  }
}
