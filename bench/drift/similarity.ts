import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLexicalEmbedder, maskNumbers, prepareSpace, type Embedder } from '../../src/drift/index.js';
import { spearman } from './rank.js';

/** STS-B rows with human similarity 0–5: the embedder alone, with digits masked, and the scorer's distance at several blends. */
export async function benchSimilarity(data: string, embedder: Embedder): Promise<string[]> {
  const rows = readFileSync(join(data, 'stsb-dev-open.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .map(([, , score, a, b]) => ({ score: Number(score), a: a ?? '', b: b ?? '' }));
  const human = rows.map((row) => row.score);
  const texts = rows.flatMap((row) => [row.a, row.b]);
  const own = embedder.kind === 'lexical' ? createLexicalEmbedder({ documents: texts }) : embedder;
  const alone = async (mask: (text: string) => string): Promise<number> => {
    const vectors = await own.embed(texts.map(mask));
    const cosines = rows.map((_, i) => dot(vectors[2 * i], vectors[2 * i + 1]));
    return spearman(cosines, human);
  };
  const lines = [
    `STS-B open, ${rows.length} rows, Spearman: ${(await alone((text) => text)).toFixed(4)}, digits masked ${(await alone(maskNumbers)).toFixed(4)}`,
  ];
  const control = texts.map((text) => [{ outcome: '', steps: [text], actions: [] }]);
  for (const denseWeight of embedder.kind === 'lexical' ? [0] : [1, 0.9, 0.8, 0.65]) {
    const constants = { ...NO_FACTS, denseWeight };
    const { space } = await prepareSpace(control, [], { embedder, constants });
    const scores = rows.map(({ a, b }) => 1 - space.distance(space.read(a), space.read(b)));
    lines.push(
      `  1 − distance (digits masked), embedding's share ${denseWeight}: ${spearman(scores, human).toFixed(4)}`,
    );
  }
  return lines;
}

const NO_FACTS = {
  gap: 1,
  sharedFacts: 0,
  differentFacts: 0,
  oneSidedFacts: 0,
  oneSidedValues: 0,
  contrast: 0,
  contrastScale: 1,
};

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  let sum = 0;
  if (a !== undefined && b !== undefined) a.forEach((value, i) => (sum += value * (b[i] ?? 0)));
  return sum;
}
