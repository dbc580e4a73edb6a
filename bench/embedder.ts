import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createLocalEmbedder } from '../src/drift/index.js';
import type { Stack } from '../src/runtime/index.js';
import { PHRASES } from '../examples/underwriting/phrases.js';
import { REWORDED } from '../examples/underwriting/phrasesReworded.js';
import type { Figure } from './report.js';

const SENTENCES = 1_000;
const BATCH = 32;
const ROUNDS = 3;

/** Sentences per second through the embedder, beside the bare runtime on ready-made tensors of the same size. */
export async function benchEmbedder(stack: Stack): Promise<Figure[]> {
  const folder = join(stack.services.folder.tools, 'minilm');
  const modelPath = join(folder, 'model.onnx');
  if (!existsSync(modelPath)) throw new Error(`no weights at ${modelPath}: ${stack.services.embedder.why}`);
  const tokenizerPath = join(folder, 'tokenizer.json');
  const texts = sentences();
  const embedder = await createLocalEmbedder({ modelPath, tokenizerPath });
  await embedder.embed(texts.slice(0, 64));
  const raw = await rawRuns(modelPath, tokenizerPath, texts);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await rate(texts.length, () => embedder.embed(texts)));
    bare.push(await rate(texts.length, raw.run));
  }
  await embedder.close();
  await raw.close();
  return [
    {
      name: 'embedder, MiniLM int8',
      value: median(ours),
      unit: 'sentences/s',
      target: 0.9 * median(bare),
      limit: { name: 'the bare runtime on the same tensors, made beforehand', value: median(bare) },
      notes: [
        `${texts.length} sentences, median of ${ROUNDS} rounds, ${availableParallelism()} threads; target: 90 % of the bare runtime`,
      ],
    },
  ];
}

function sentences(): string[] {
  const found = new Set<string>();
  const phrases = [PHRASES, REWORDED].flatMap((book) => Object.values(book).flat());
  for (let n = 1; found.size < SENTENCES; n += 1) {
    const phrase = phrases[n % phrases.length];
    if (phrase === undefined) continue;
    found.add(phrase({ value: String(1_000 + n), limit: '24', points: `${(n % 8) + 2} points`, outcome: 'approved' }));
  }
  return [...found];
}

interface TokenizerModule {
  readonly Tokenizer: new (definition: unknown, config: object) => { encode(text: string): { readonly ids: number[] } };
}

/** The very tensors that the embedder hands over, made beforehand: texts of equal length, at most {@link BATCH} together. */
async function rawRuns(
  modelPath: string,
  tokenizerPath: string,
  texts: readonly string[],
): Promise<{ readonly run: () => Promise<void>; readonly close: () => Promise<void> }> {
  const session = await InferenceSession.create(modelPath, {
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    intraOpNumThreads: availableParallelism(),
  });
  const { Tokenizer } = (await import('@huggingface/tokenizers')) as unknown as TokenizerModule;
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(tokenizerPath, 'utf8')), {});
  const byLength = new Map<number, number[][]>();
  for (const text of texts) {
    const { ids } = tokenizer.encode(text);
    byLength.set(ids.length, [...(byLength.get(ids.length) ?? []), ids]);
  }
  const feeds: Record<string, Tensor>[] = [];
  for (const [length, rows] of byLength) {
    for (let at = 0; at < rows.length; at += BATCH) {
      const some = rows.slice(at, at + BATCH);
      const tensor = (of: (id: number) => bigint): Tensor =>
        new Tensor('int64', BigInt64Array.from(some.flat(), of), [some.length, length]);
      const all: Record<string, Tensor> = { input_ids: tensor(BigInt), attention_mask: tensor(() => 1n) };
      feeds.push(Object.fromEntries(session.inputNames.map((name) => [name, all[name] ?? tensor(() => 0n)])));
    }
  }
  return {
    async run() {
      for (const feed of feeds) await session.run(feed);
    },
    close: () => session.release(),
  };
}

async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return count / ((performance.now() - began) / 1000);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
