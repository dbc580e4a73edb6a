/**
 * The embedders: local MiniLM weights, a hosted server, and the lexical fallback; and a cache over any of them. They read weights or the
 * network and load their runtime on creation; the scorer itself does neither.
 */
export { createLocalEmbedder, type LocalEmbedder, type LocalEmbedderOptions } from './localEmbedder.js';
export { createLexicalEmbedder, type LexicalEmbedderOptions } from './lexicalEmbedder.js';
export { createOpenAIEmbedder, type OpenAIEmbedderOptions } from './openaiEmbedder.js';
export { createMemoryVectorStore, withVectorCache, type CachedEmbedder, type VectorStore } from './vectorCache.js';
