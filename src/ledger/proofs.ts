import {
  consistencyProof,
  formatReceipt,
  inclusionProof,
  toBase64,
  type NodeReader,
  type Sha256,
} from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { nodeSha256 } from './hash.js';
import type { AppendStore, CheckpointRow, LedgerStore } from './store.js';
import { edgeTiles, frontierAt, tileReader, tilesReadBy } from './tiles.js';

/** Proofs out of stored tiles. They are checked by whoever gets them; nothing here is trusted for being ours. */
export interface Proofs {
  /** base64, null when the tree has not reached that size. */
  rootAt(size: number): Promise<string | null>;
  consistency(from: number, to: number): Promise<Uint8Array[]>;
  inclusion(index: number, size: number): Promise<Uint8Array[]>;
  receipt(index: number, size?: number): Promise<string>;
}

type Prove = (read: NodeReader, hash: Sha256) => Uint8Array[];

export function createProofs(
  store: Pick<LedgerStore, 'checkpointAt' | 'latestCheckpoint' | 'readHead' | 'readTiles'>,
): Proofs {
  const prove = async (proof: Prove): Promise<Uint8Array[]> => {
    const refs = tilesReadBy((read) => proof(read, nodeSha256));
    return proof(tileReader(refs.length > 0 ? await store.readTiles(refs) : []), nodeSha256);
  };
  const withinTree = async (size: number): Promise<void> => {
    const head = await store.readHead();
    if (Number.isSafeInteger(size) && size >= 0 && head && size <= head.size) return;
    throw new AppError('input.invalid', `no tree of size ${size}`, {
      expected: `0..${head?.size ?? 0}`,
      got: `${size}`,
    });
  };
  const inclusion = async (index: number, size: number): Promise<Uint8Array[]> => {
    await withinTree(size);
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new AppError('not_found', `no leaf ${index} in the tree of size ${size}`);
    }
    return prove((read, hash) => inclusionProof(index, size, read, hash));
  };
  return {
    async rootAt(size) {
      const checkpoint = await store.checkpointAt(size);
      if (checkpoint) return toBase64(checkpoint.root);
      const head = await store.readHead();
      if (!head || size > head.size) return null;
      return toBase64(frontierAt(size, await store.readTiles(edgeTiles(size))).root());
    },
    async consistency(from, to) {
      await withinTree(to);
      if (from > to) throw new AppError('input.invalid', `no proof from size ${from} to the smaller ${to}`);
      return prove((read, hash) => consistencyProof(from, to, read, hash));
    },
    inclusion,
    async receipt(index, size) {
      const checkpoint = await checkpointFor(store, size);
      const hashes = await inclusion(index, checkpoint.size);
      return formatReceipt({ index, hashes, checkpoint: checkpoint.note });
    },
  };
}

async function checkpointFor(
  store: Pick<AppendStore, 'checkpointAt' | 'latestCheckpoint'>,
  size: number | undefined,
): Promise<CheckpointRow> {
  const checkpoint = await (size === undefined ? store.latestCheckpoint() : store.checkpointAt(size));
  if (checkpoint) return checkpoint;
  throw new AppError('not_found', size === undefined ? 'no checkpoint yet' : `no checkpoint of size ${size}`);
}
