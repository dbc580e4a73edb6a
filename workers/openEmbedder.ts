import type { TenetConfig } from '../src/config/index.js';
import type { VectorStore } from '../src/db/index.js';
import type { Embedder } from '../src/drift/index.js';

export function openEmbedder(_config: TenetConfig, _vectors: VectorStore): () => Promise<Embedder> {
  return async () => ({ id: 'none', dims: 0, embed: async () => [] });
}
