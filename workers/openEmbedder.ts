import { join } from 'node:path';
import type { TenetConfig } from '../src/config/index.js';
import type { VectorStore } from '../src/db/index.js';
import {
  createLexicalEmbedder,
  createLocalEmbedder,
  createOpenAIEmbedder,
  withVectorCache,
  type CachedEmbedder,
  type Embedder,
} from '../src/drift/index.js';
import { stateFolderOf } from '../src/services/index.js';

/** The embedder that set-up chose, opened once at first use, over the vectors kept in Postgres. A failed opening is tried again. */
export function openEmbedder(config: TenetConfig, vectors: VectorStore): () => Promise<CachedEmbedder> {
  let opening: Promise<CachedEmbedder> | undefined;
  return () => {
    opening ??= create(config).then((embedder) => withVectorCache(embedder, vectors));
    opening.catch(() => (opening = undefined));
    return opening;
  };
}

async function create(config: TenetConfig): Promise<Embedder> {
  const { baseUrl, apiKey, embeddingModel } = config.openai;
  if (config.embedder === 'openai') {
    return createOpenAIEmbedder({
      baseURL: baseUrl ?? 'https://api.openai.com/v1',
      apiKey: apiKey ?? '',
      model: embeddingModel,
    });
  }
  if (config.embedder === 'lexical') return createLexicalEmbedder();
  const folder = join(stateFolderOf(config).tools, 'minilm');
  return createLocalEmbedder({ modelPath: join(folder, 'model.onnx'), tokenizerPath: join(folder, 'tokenizer.json') });
}
