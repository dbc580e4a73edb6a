import type { Embedder } from '../types.js';

/** Where vectors are kept, by (embedder id, text). An implementation may key by the text's SHA-256. */
export interface VectorStore {
  /** One entry a text, in order; null where nothing is kept. */
  getMany(embedderId: string, texts: readonly string[]): Promise<(Float32Array | null)[]>;
  putMany(
    embedderId: string,
    entries: readonly { readonly text: string; readonly vector: Float32Array }[],
  ): Promise<void>;
}

export interface CachedEmbedder extends Embedder {
  /** Texts asked for since creation: found in the store, and computed. A text asked for twice in one call counts once. */
  counts(): { readonly hits: number; readonly computed: number };
}

/** Texts computed between two writes: what an interrupted embedding loses at most. */
const CHUNK = 512;

export function withVectorCache(embedder: Embedder, store: VectorStore): CachedEmbedder {
  let hits = 0;
  let computed = 0;
  return {
    id: embedder.id,
    dims: embedder.dims,
    kind: embedder.kind,
    counts: () => ({ hits, computed }),
    async embed(texts, options) {
      const distinct = [...new Set(texts)];
      const kept = await store.getMany(embedder.id, distinct);
      const vectors = new Map<string, Float32Array>();
      distinct.forEach((text, i) => {
        const vector = kept[i];
        if (vector !== null && vector !== undefined && vector.length === embedder.dims) vectors.set(text, vector);
      });
      hits += vectors.size;
      const missing = distinct.filter((text) => !vectors.has(text));
      for (let at = 0; at < missing.length; at += CHUNK) {
        const chunk = missing.slice(at, at + CHUNK);
        const fresh = await embedder.embed(chunk, options);
        const entries = chunk.map((text, i) => ({ text, vector: fresh[i] as Float32Array }));
        await store.putMany(embedder.id, entries);
        for (const { text, vector } of entries) vectors.set(text, vector);
        computed += chunk.length;
      }
      return texts.map((text) => vectors.get(text) as Float32Array);
    },
  };
}

/** A store for one process. */
export function createMemoryVectorStore(): VectorStore {
  const kept = new Map<string, Float32Array>();
  const key = (embedderId: string, text: string): string => `${embedderId}\u0000${text}`;
  return {
    getMany: async (embedderId, texts) => texts.map((text) => kept.get(key(embedderId, text)) ?? null),
    putMany: async (embedderId, entries) => {
      for (const { text, vector } of entries) kept.set(key(embedderId, text), vector);
    },
  };
}
