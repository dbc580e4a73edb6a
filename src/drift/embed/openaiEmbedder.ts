import { AppError, isAppError } from '../../errors/index.js';
import type { Embedder } from '../types.js';
import { toUnit } from './meanPool.js';

export interface OpenAIEmbedderOptions {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly model: string;
  /** Asked of the server and demanded of its answers; without it the server's own length is taken. */
  readonly dimensions?: number;
}

/** Two fixed sentences; a server that gives both the same vector embeds nothing. */
const PROBE = ['The application is approved.', 'Rain is expected in the mountains tomorrow.'] as const;
/** Limits of a request: 2,048 inputs and 300,000 tokens. A token is at least one byte, so bytes bound tokens. */
const MAX_INPUTS = 256;
const MAX_BYTES = 250_000;

/**
 * Any server with the OpenAI embeddings call. Always asks for floats: the SDK's default is base64, and a server that ignores the
 * field would be decoded into a short vector of zeros without an error. Hosted vectors are not bit-stable: cache them.
 */
export async function createOpenAIEmbedder(options: OpenAIEmbedderOptions): Promise<Embedder> {
  const { default: OpenAI } = await import('openai');
  const client = new OpenAI({ baseURL: options.baseURL, apiKey: options.apiKey });
  const request = async (texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    try {
      const answer = await client.embeddings.create(
        {
          model: options.model,
          input: [...texts],
          encoding_format: 'float',
          ...(options.dimensions === undefined ? {} : { dimensions: options.dimensions }),
        },
        signal === undefined ? {} : { signal },
      );
      return inOrder(answer.data, texts.length);
    } catch (cause) {
      if (isAppError(cause) || signal?.aborted === true) throw cause;
      throw new AppError(
        'embedder.unavailable',
        `the embedding server at ${options.baseURL} did not answer`,
        { field: 'embedder.baseURL', fix: 'Check the address, key and model name, or use the local embedder.' },
        { cause },
      );
    }
  };
  const probe = await request(PROBE);
  const dims = checkProbe(probe, options.dimensions);
  return {
    id: `openai:${options.baseURL.replace(/\/+$/, '')}:${options.model}:${dims}`,
    dims,
    kind: 'dense',
    async embed(texts, embedOptions) {
      const out: Float32Array[] = [];
      for (const batch of batches(texts)) {
        const vectors = await request(batch, embedOptions?.signal);
        for (const vector of vectors) out.push(toUnit(checkVector(vector, dims)));
      }
      return out;
    },
  };
}

function* batches(texts: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text, 'utf8');
    if (batch.length > 0 && (batch.length >= MAX_INPUTS || bytes + size > MAX_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(text);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Servers may answer out of order; `index` says which text a vector belongs to. */
function inOrder(
  data: readonly { readonly index: number; readonly embedding: unknown }[],
  count: number,
): Float32Array[] {
  const out = Array.from<undefined, Float32Array | undefined>({ length: count }, () => undefined);
  for (const { index, embedding } of data) {
    if (Array.isArray(embedding)) out[index] = Float32Array.from(embedding as number[]);
  }
  return out.map((vector, index) => vector ?? invalid('a vector of numbers', `nothing usable for text ${index}`));
}

function checkProbe(vectors: readonly Float32Array[], dimensions: number | undefined): number {
  const [a, b] = vectors;
  if (a === undefined || b === undefined) return invalid('two vectors', `${vectors.length}`);
  const dims = dimensions ?? a.length;
  for (const vector of vectors) checkVector(vector, dims);
  if (a.every((value, i) => value === b[i]))
    return invalid('different vectors for different sentences', 'identical vectors');
  return dims;
}

function checkVector(vector: Float32Array, dims: number): Float32Array {
  if (vector.length !== dims) return invalid(`${dims} dimensions`, `${vector.length}`);
  if (!vector.every(Number.isFinite)) return invalid('finite numbers', 'NaN or infinity');
  if (vector.every((value) => value === 0)) return invalid('a vector that is not zero', 'a zero vector');
  return vector;
}

function invalid(expected: string, got: string): never {
  throw new AppError('embedder.invalid', `the embedding server answered with ${got}`, {
    field: 'embedder',
    expected,
    got,
    fix: 'Use a server that honours encoding_format "float" and a model that fits `dimensions`, or the local embedder.',
  });
}
