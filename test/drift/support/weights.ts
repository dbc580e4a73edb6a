import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * MiniLM weights: TENET_MINILM_DIR, or where the set-up puts them. Tests that need them say so and skip where they are absent.
 */
const folder = process.env['TENET_MINILM_DIR'] ?? resolve(import.meta.dirname, '../../../.tenet/tools/minilm');

export const weights = { modelPath: join(folder, 'model.onnx'), tokenizerPath: join(folder, 'tokenizer.json') };
export const hasWeights = existsSync(weights.modelPath) && existsSync(weights.tokenizerPath);

if (!hasWeights) process.stderr.write(`MiniLM weights not found at ${folder}: their tests are skipped\n`);
