import { consistencyProof } from '@tenet-ledger/record';
import { AppError, isAppError } from '../errors/index.js';
import { leafTextHash, nodeSha256 } from './hash.js';
import type { CheckpointSigner, SignedHead } from './ports.js';
import type { AppendStore, Head, LeafRow, TileRow, TreeHead } from './store.js';
import { edgeTiles, planBatch, TileBuilder, tileReader, tilesReadBy } from './tiles.js';

export interface SequencerDeps {
  readonly store: AppendStore;
  readonly signer: CheckpointSigner;
}

/** LEDGER append path: one transaction takes at most this many. */
export const MAX_BATCH = 1_024;

/** Another sequencer may sign between our look and our request; then we look again. */
const SIGN_ATTEMPTS = 5;

/**
 * One batch: queue → tree (one transaction), read back over another connection, recompute, sign, store the checkpoint.
 * A crash after any step is made good by the next call, which starts from what the signer has signed. What does not add
 * up halts the tree for good: it is never repaired here.
 */
export async function sequenceOnce({ store, signer }: SequencerDeps): Promise<number> {
  return store.withWriter(async (writer) => {
    try {
      const appended = await writer.appendBatch(MAX_BATCH, planBatch);
      await certify(store, signer);
      return appended;
    } catch (error) {
      if (isAppError(error) && error.kind === 'IntegrityViolation' && error.code !== 'ledger.halted') {
        await store.halt(`${error.code}: ${error.message}`);
      }
      throw error;
    }
  });
}

/** Brings the signer and the stored checkpoint up to the head, from the bytes as they are stored. */
async function certify(store: AppendStore, signer: CheckpointSigner): Promise<void> {
  for (let attempt = 1; attempt <= SIGN_ATTEMPTS; attempt += 1) {
    // In this order: the head only grows, so a signed size beyond a head read later is really ahead.
    const signed = await signer.head();
    const head = await store.readHead();
    if (!head) throw new AppError('not_found', 'this log was never initialised', { fix: 'run `tenet dev` once' });
    if (head.halted !== null) throw halted(head.halted);
    assertNotBehind(signed, head);
    if (head.size === (signed?.size ?? 0)) {
      if (signed) await store.insertCheckpoint(signed);
      return;
    }
    const note = await signHead(store, signer, signed, head);
    if (note !== null) return store.insertCheckpoint({ size: head.size, root: head.root, note });
  }
  throw new AppError('internal', `the signer moved on ${SIGN_ATTEMPTS} times while a head was being signed`);
}

/** null when another sequencer signed meanwhile. */
async function signHead(
  store: AppendStore,
  signer: CheckpointSigner,
  signed: SignedHead | null,
  head: Head,
): Promise<string | null> {
  const oldSize = signed?.size ?? 0;
  await verifyRange(store, signed, head);
  const refs = tilesReadBy((read) => consistencyProof(oldSize, head.size, read, nodeSha256));
  const read = tileReader(refs.length > 0 ? await store.readTiles(refs) : []);
  const consistency = consistencyProof(oldSize, head.size, read, nodeSha256);
  const answer = await signer.sign({ oldSize, size: head.size, root: head.root, consistency });
  if (answer.ok) return answer.note;
  if (answer.reason === 'inconsistent') {
    throw integrity('ledger.signer_refused', 'the signer refused the head as inconsistent', answer.head, head);
  }
  return null;
}

/** Leaves → hashes → tiles and root, from what another connection reads, against the head and the stored tiles. */
async function verifyRange(store: AppendStore, signed: SignedHead | null, head: Head): Promise<void> {
  const from = signed?.size ?? 0;
  const edge = edgeTiles(from);
  const builder = new TileBuilder(from, edge.length > 0 ? await store.readTiles(edge) : []);
  if (signed && !same(builder.root(), signed.root)) {
    throw integrity('ledger.root_mismatch', 'the stored tiles do not hash to the root that was signed', signed, head);
  }
  for (let at = from; at < head.size; at += MAX_BATCH) {
    const to = Math.min(at + MAX_BATCH, head.size);
    appendLeaves(builder, await store.readLeaves(at, to), at, to);
    const touched = builder.take();
    assertStored(touched, await store.readTiles(touched));
  }
  if (!same(builder.root(), head.root)) {
    throw integrity('ledger.root_mismatch', 'the leaves read back do not hash to the head', signed, head);
  }
}

function appendLeaves(builder: TileBuilder, rows: readonly LeafRow[], from: number, to: number): void {
  rows.forEach((row, i) => {
    if (row.idx !== from + i) throw hole(from + i);
    builder.append(leafTextHash(row.leaf));
  });
  if (rows.length !== to - from) throw hole(from + rows.length);
}

/** Stored tiles may have grown meanwhile: what is in them never changes, so the beginning must be equal. */
function assertStored(touched: readonly TileRow[], stored: readonly TileRow[]): void {
  const byKey = new Map(stored.map((tile) => [`${tile.level}/${tile.n}`, tile.hashes]));
  for (const { level, n, hashes } of touched) {
    const there = byKey.get(`${level}/${n}`);
    if (there && same(there.subarray(0, hashes.length), hashes)) continue;
    throw new AppError('ledger.root_mismatch', `the leaves read back do not hash to the stored tile ${level}/${n}`, {
      fix: FSCK,
    });
  }
}

function assertNotBehind(signed: SignedHead | null, head: Head): void {
  if (!signed || signed.size < head.size) return;
  if (signed.size > head.size) {
    throw integrity('ledger.signer_ahead', 'the signer has signed a larger tree than the database holds', signed, head);
  }
  if (!same(signed.root, head.root)) {
    throw integrity('ledger.root_mismatch', 'the root in the database is not the one that was signed', signed, head);
  }
}

const FSCK = 'run `tenet ledger fsck`; do not edit the database or the memory of the signer';

function integrity(
  code: 'ledger.root_mismatch' | 'ledger.signer_ahead' | 'ledger.signer_refused',
  message: string,
  signed: TreeHead | null,
  head: TreeHead,
): AppError {
  const show = (tree: TreeHead | null): string =>
    tree ? `size ${tree.size}, root ${Buffer.from(tree.root).toString('base64')}` : 'nothing signed';
  return new AppError(code, message, { expected: show(signed), got: show(head), fix: FSCK });
}

export function halted(reason: string): AppError {
  return new AppError('ledger.halted', `the log is halted: ${reason}`, { fix: FSCK });
}

const hole = (index: number): AppError =>
  new AppError('ledger.root_mismatch', `leaf ${index} is missing`, { field: `${index}`, fix: FSCK });

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
