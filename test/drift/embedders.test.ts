import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createLexicalEmbedder,
  createLocalEmbedder,
  createMemoryVectorStore,
  createOpenAIEmbedder,
  withVectorCache,
  type Embedder,
  type LocalEmbedder,
} from '../../src/drift/index.js';
import { hasWeights, weights } from './support/weights.js';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const TEXTS = [
  'The term of 48 months is above the guideline.',
  'Savings are little.',
  '',
  'The term is longer than the guideline allows.',
  'word '.repeat(600),
];

describe.skipIf(!hasWeights)('the MiniLM embedder', () => {
  let embedder: LocalEmbedder;
  beforeAll(async () => {
    embedder = await createLocalEmbedder(weights);
  });
  afterAll(async () => embedder.close());

  it('gives a text the same bytes alone, among others and with one thread', async () => {
    const many = [...TEXTS, ...Array.from({ length: 70 }, (_, i) => `Reason ${'very '.repeat(i % 7)}number ${i}.`)];
    const together = await embedder.embed(many);
    const single = await createLocalEmbedder({ ...weights, threads: 1 });
    for (const [i, text] of many.entries()) {
      expect((await embedder.embed([text]))[0]).toEqual(together[i]);
      if (i % 10 === 0) expect((await single.embed([text]))[0]).toEqual(together[i]);
    }
    await single.close();
  });

  it('gives unit vectors that are nearer for the same reason', async () => {
    const [over, savings, , longer] = await embedder.embed(TEXTS);
    for (const vector of await embedder.embed(TEXTS)) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(dot(over as Float32Array, longer as Float32Array)).toBeGreaterThan(
      dot(over as Float32Array, savings as Float32Array) + 0.3,
    );
  });

  it('has its weights in its id', () => {
    expect(embedder.id).toBe('minilm-l6-v2-int8:8199be6f699a395f:be50c3628f2bf5bb:mean:256');
    expect(embedder.dims).toBe(384);
  });
});

it('weights that are not there are named', async () => {
  await expect(
    createLocalEmbedder({ modelPath: '/nowhere/model.onnx', tokenizerPath: '/nowhere/t.json' }),
  ).rejects.toMatchObject({
    code: 'services.tool_missing',
    details: { field: '/nowhere/model.onnx' },
  });
});

describe('the lexical embedder', () => {
  it('sees shared stems, gives unit vectors and a zero one for no words', async () => {
    const embedder = createLexicalEmbedder();
    const [a, b, c, none] = (await embedder.embed([
      'Savings were recorded.',
      'recording savings',
      'A blue car',
      '...',
    ])) as [Float32Array, Float32Array, Float32Array, Float32Array];
    expect(dot(a, b)).toBeGreaterThan(0.9);
    expect(Math.abs(dot(a, c))).toBeLessThan(0.1);
    expect(Math.hypot(...none)).toBe(0);
  });

  it('names the counts it was fitted on', () => {
    const ids = [[], ['a b'], ['b a'], ['a c']].map((documents) => createLexicalEmbedder({ documents }).id);
    expect(ids[0]).toMatch(/flat$/);
    expect(ids[1]).toBe(ids[2]);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the vector cache', () => {
  const counting = (): Embedder & { asked: string[] } => {
    const asked: string[] = [];
    return {
      id: 'e1',
      dims: 2,
      kind: 'dense',
      asked,
      embed: async (texts) => {
        asked.push(...texts);
        return texts.map((text) => Float32Array.of(text.length, 1));
      },
    };
  };

  it('computes each text once and counts both kinds', async () => {
    const store = createMemoryVectorStore();
    const inner = counting();
    const cached = withVectorCache(inner, store);
    expect(await cached.embed(['aa', 'b', 'aa'])).toEqual([
      Float32Array.of(2, 1),
      Float32Array.of(1, 1),
      Float32Array.of(2, 1),
    ]);
    await cached.embed(['b', 'ccc']);
    expect(inner.asked).toEqual(['aa', 'b', 'ccc']);
    expect(cached.counts()).toEqual({ hits: 1, computed: 3 });
  });

  it('keeps embedders apart and ignores a vector of another length', async () => {
    const store = createMemoryVectorStore();
    await store.putMany('e1', [{ text: 'x', vector: Float32Array.of(1, 2, 3) }]);
    await store.putMany('e2', [{ text: 'y', vector: Float32Array.of(1, 2) }]);
    const inner = counting();
    await withVectorCache(inner, store).embed(['x', 'y']);
    expect(inner.asked).toEqual(['x', 'y']);
  });
});

describe('the OpenAI embedder', () => {
  type Answer = (body: { input: string[]; encoding_format?: string; dimensions?: number }) => unknown;
  let server: Server | undefined;
  const seen: { input: string[]; encoding_format?: string }[] = [];
  const serve = async (answer: Answer): Promise<string> => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const body = JSON.parse(text) as Parameters<Answer>[0];
        seen.push(body);
        const data = answer(body);
        response.writeHead(data === null ? 400 : 200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify(
            data === null ? { error: { message: 'no such model' } } : { object: 'list', data, model: 'm', usage: {} },
          ),
        );
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  };
  afterEach(async () => {
    seen.length = 0;
    await new Promise((resolve) => server?.close(resolve));
  });
  const open = (baseURL: string, dimensions?: number): Promise<Embedder> =>
    createOpenAIEmbedder({ baseURL, apiKey: 'k', model: 'm', ...(dimensions === undefined ? {} : { dimensions }) });
  const vectors = (input: readonly string[]): { index: number; embedding: number[] }[] =>
    input.map((text, index) => ({ index, embedding: [text.length, 3, 0, 4] }));

  it('asks for floats, puts vectors in order and makes them unit length', async () => {
    const baseURL = await serve(({ input }) => vectors(input).reverse());
    const embedder = await open(baseURL);
    const found = await embedder.embed(['', 'abc', ...Array.from({ length: 600 }, (_, i) => 'x'.repeat(i))]);
    expect(embedder.id).toBe(`openai:${baseURL}:m:4`);
    expect(found).toHaveLength(602);
    expect([...(found[0] as Float32Array)]).toEqual([0, Math.fround(0.6), 0, Math.fround(0.8)]);
    for (const vector of found) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(seen.every((body) => body.encoding_format === 'float' && body.input.length <= 256)).toBe(true);
  });

  it.each([
    [
      'a zero vector',
      ({ input }: { input: string[] }) => input.map((_, index) => ({ index, embedding: [0, 0] })),
      undefined,
      /zero vector/,
    ],
    [
      'identical vectors',
      ({ input }: { input: string[] }) => input.map((_, index) => ({ index, embedding: [1, 2] })),
      undefined,
      /identical/,
    ],
    ['another length', ({ input }: { input: string[] }) => vectors(input), 8, /answered with 4/],
    [
      'something else than numbers',
      ({ input }: { input: string[] }) => input.map((_, index) => ({ index, embedding: 'AAAA' })),
      undefined,
      /nothing usable/,
    ],
    [
      'null in a vector',
      ({ input }: { input: string[] }) => input.map((t, index) => ({ index, embedding: [null, 'x', t.length] })),
      undefined,
      /NaN/,
    ],
  ])('is refused at the start when the server answers with %s', async (_, answer, dimensions, message) => {
    await expect(open(await serve(answer), dimensions)).rejects.toMatchObject({
      code: 'embedder.invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('says so when the server refuses the call', async () => {
    await expect(open(await serve(() => null))).rejects.toMatchObject({ code: 'embedder.unavailable' });
  });
});
