import { liveModelName, type TenetConfig } from '../config/index.js';
import { SCORER_VERSION } from '../drift/index.js';
import { MINILM_PINS, type EmbedderChoice } from '../services/index.js';

/** What a verdict depends on besides policy, code and records: scorer, embedder with its weights, and the live model. */
export function judgedBy(
  config: Pick<TenetConfig, 'openai'>,
  embedder: { readonly kind: EmbedderChoice['kind'] | TenetConfig['embedder'] },
): string {
  const weights =
    embedder.kind === 'minilm'
      ? JSON.stringify(MINILM_PINS)
      : embedder.kind === 'openai'
        ? config.openai.embeddingModel
        : '';
  return [SCORER_VERSION, embedder.kind, weights, liveModelName(config) ?? 'no live model'].join(' ');
}
