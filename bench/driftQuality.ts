import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createLexicalEmbedder, createLocalEmbedder, type Embedder } from '../src/drift/index.js';
import { benchMutations } from './drift/mutations.js';
import { benchReruns } from './drift/reruns.js';
import { benchSimilarity } from './drift/similarity.js';

/**
 * Quality of the drift scorer on real material: `node dist/bench/driftQuality.js [--data DIR] [--weights DIR]`. The data is no part of
 * this repository; `--data` names the folder, by default `shared/data` beside the checkout.
 */
const { values } = parseArgs({ options: { data: { type: 'string' }, weights: { type: 'string' } } });
const root = resolve(import.meta.dirname, '../..');
const data = values.data ?? join(process.env['TENET_SHARED'] ?? resolve(root, '../shared'), 'data');
const weights = values.weights ?? process.env['TENET_MINILM_DIR'] ?? join(root, '.tenet/tools/minilm');
if (!existsSync(data)) {
  process.stderr.write(`no data at ${data}: name the folder with --data\n`);
  process.exit(2);
}

const embedders: Embedder[] = [createLexicalEmbedder()];
const modelPath = join(weights, 'model.onnx');
if (existsSync(modelPath)) {
  embedders.unshift(await createLocalEmbedder({ modelPath, tokenizerPath: join(weights, 'tokenizer.json') }));
} else process.stderr.write(`no weights at ${weights}: the lexical embedder alone is measured\n`);

for (const embedder of embedders) {
  process.stdout.write(`\n${embedder.id}\n`);
  for (const bench of [benchSimilarity, benchMutations, benchReruns]) {
    for (const line of await bench(data, embedder)) process.stdout.write(`  ${line}\n`);
  }
}
process.exit(0);
