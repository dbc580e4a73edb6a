import { createHash } from 'node:crypto';
import { bytesArray } from './arrays.js';
import type { Db } from './database.js';
import { statement } from './statement.js';

export const SELECT_VECTORS = statement(
  'select_vectors',
  { text_hash: 'bytea', vector: 'bytea' },
  `select text_hash, vector from vectors where tenant = $1 and embedder = $2 and text_hash = any($3::bytea[])`,
);

export const INSERT_VECTORS = statement(
  'insert_vectors',
  {},
  `insert into vectors (tenant, embedder, text_hash, vector)
   select $1, $2, v.text_hash, v.vector from unnest($3::bytea[], $4::bytea[]) as v (text_hash, vector)
   on conflict do nothing`,
);

export type VectorStore = ReturnType<typeof createVectorStore>;

/** Cache of embeddings by (embedder, text) of one tenant. A row is never changed: an embedder's id names its weights. */
export function createVectorStore(db: Db, tenant: string) {
  return {
    /** One entry a text, in order; null where nothing is kept. */
    async getMany(embedder: string, texts: readonly string[]): Promise<(Float32Array | null)[]> {
      if (texts.length === 0) return [];
      const hashes = texts.map(textHash);
      const rows = await db.run(SELECT_VECTORS, [tenant, embedder, bytesArray(hashes)]);
      const found = new Map(rows.map((row) => [row.text_hash.toString('latin1'), row.vector]));
      return hashes.map((hash) => {
        const bytes = found.get(hash.toString('latin1'));
        return bytes ? decodeVector(bytes) : null;
      });
    },

    async putMany(
      embedder: string,
      entries: readonly { readonly text: string; readonly vector: Float32Array }[],
    ): Promise<void> {
      if (entries.length === 0) return;
      const hashes = entries.map(({ text }) => textHash(text));
      const vectors = entries.map(({ vector }) => encodeVector(vector));
      await db.run(INSERT_VECTORS, [tenant, embedder, bytesArray(hashes), bytesArray(vectors)]);
    },
  };
}

function textHash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function encodeVector(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return bytes;
}

function decodeVector(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}
