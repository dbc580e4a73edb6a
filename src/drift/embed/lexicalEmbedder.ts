import { createHash } from 'node:crypto';
import { language } from '../text/language.js';
import type { Embedder } from '../types.js';
import { toUnit } from './meanPool.js';

export interface LexicalEmbedderOptions {
  /** Texts whose words are counted, so that common words weigh less. Without them every stem weighs 1 and stop words 0.2. */
  readonly documents?: readonly string[];
}

const DIMS = 2048;
const STOP_WORD = 0.2;

/**
 * Stem TF-IDF, hashed into 2,048 dimensions: no weights to fetch, and no meaning beyond shared stems. The scorer knows its kind and
 * compares words by its own counts, so `embed` serves other callers; the id is recorded either way.
 */
export function createLexicalEmbedder(options: LexicalEmbedderOptions = {}): Embedder {
  const documents = options.documents ?? [];
  const frequency = new Map<string, number>();
  for (const text of documents) {
    for (const { stem } of new Map(words(text).map((word) => [word.stem, word])).values()) {
      frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
    }
  }
  const weight = (word: { stem: string; stop: boolean }): number => {
    if (documents.length === 0) return word.stop ? STOP_WORD : 1;
    return Math.log((documents.length + 1) / (Math.max(1, frequency.get(word.stem) ?? 0) + 0.5));
  };
  const embedOne = (text: string): Float32Array => {
    const vector = new Float32Array(DIMS);
    for (const word of words(text)) {
      const { index, sign } = slot(word.stem);
      vector[index] = (vector[index] as number) + sign * weight(word);
    }
    return toUnit(vector);
  };
  return {
    id: `lexical-stem-tfidf:${DIMS}:${countsDigest(documents.length, frequency)}`,
    dims: DIMS,
    kind: 'lexical',
    embed: async (texts, embedOptions) => {
      embedOptions?.signal?.throwIfAborted();
      return texts.map(embedOne);
    },
  };
}

function words(text: string): { stem: string; stop: boolean }[] {
  return language()
    .tokens(text)
    .filter((token) => token.type !== 'punctuation' && token.type !== 'symbol');
}

const slots = new Map<string, { index: number; sign: 1 | -1 }>();

/** FNV-1a; the sign keeps collisions from adding up. */
function slot(stem: string): { index: number; sign: 1 | -1 } {
  const known = slots.get(stem);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let i = 0; i < stem.length; i++) hash = Math.imul(hash ^ stem.charCodeAt(i), 0x01000193);
  const value = { index: (hash >>> 0) % DIMS, sign: (hash & 0x8000_0000) === 0 ? 1 : -1 } as const;
  slots.set(stem, value);
  return value;
}

function countsDigest(documents: number, frequency: ReadonlyMap<string, number>): string {
  if (documents === 0) return 'flat';
  const lines = [...frequency].map(([stem, count]) => `${stem}\t${count}`).sort();
  return createHash('sha256')
    .update(`${documents}\n${lines.join('\n')}`, 'utf8')
    .digest('hex')
    .slice(0, 16);
}
