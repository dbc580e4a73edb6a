import { assertPublicKey, RecordError, type RecordSigner, type Submission } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { createAppend } from './append.js';
import { eraseSubject } from './erase.js';
import { exportBundle } from './exportBundle.js';
import { fsck } from './fsck/fsck.js';
import { ingest, type IngestDeps } from './ingest.js';
import { intentTree } from './intentTree.js';
import { createListing } from './listing.js';
import { oneAtATime } from './oneAtATime.js';
import { verifyAsync } from './nodeVerify.js';
import type { CheckpointSigner, KeyStore } from './ports.js';
import { Producer, type Sources } from './producer.js';
import { createProofs } from './proofs.js';
import { createReader } from './reader.js';
import { endKey, enrolKey, type RootKeyDeps } from './rootKeys.js';
import { MAX_BATCH, sequenceOnce } from './sequencer.js';
import { startSequencer } from './sequencerLoop.js';
import type { IngestAuth, ItemResult, LedgerService } from './service.js';
import { readStatus } from './status.js';
import type { LedgerStore, TenantRow } from './store.js';

import { createWaiting } from './waiting.js';

export interface LedgerDeps extends Sources {
  readonly store: LedgerStore;
  readonly tenant: TenantRow;
  readonly keyStore: KeyStore;
  readonly signer: CheckpointSigner;
  /** The platform's own record key. */
  readonly recordSigner: RecordSigner;
  /** Where this process holds the root key: for enrolment. */
  readonly rootSigner: RecordSigner | null;
}

/** How long enrolment waits for its key entry to be logged. */
const ENROL_TIMEOUT_MS = 30_000;

/** Wires the ledger of one tenant together. Starts nothing. */
export function createLedger(deps: LedgerDeps): LedgerService {
  const { store, keyStore, signer, recordSigner, now } = deps;
  const { log, origin } = deps.tenant;
  const proofs = createProofs(store);
  const reader = createReader(store, keyStore);
  const ingestDeps: IngestDeps = {
    tenant: store.tenant,
    log,
    rootKey: deps.tenant.rootKey,
    store,
    keyStore,
    verify: verifyAsync,
    rootAt: (size) => proofs.rootAt(size),
  };
  const take = (items: Iterable<Submission>, auth: IngestAuth): Promise<ItemResult[]> =>
    ingest(ingestDeps, items, auth);
  const waiting = createWaiting(store, now);
  const sequence = oneAtATime(async () => {
    const count = await sequenceOnce({ store, signer });
    if (count > 0) waiting.wake();
    return count;
  });
  const producer = new Producer({ ...deps, log, signer: recordSigner });
  const append = createAppend({ store, reader, producer, kid: recordSigner.keyId, newId: deps.newId, ingest: take });
  const rootDeps: RootKeyDeps = {
    ...deps,
    log,
    root: deps.rootSigner,
    ingest: take,
    settle: (ids) => waiting.settle(ids, sequence, ENROL_TIMEOUT_MS),
  };
  return {
    ingest: take,
    append,
    sequenceOnce: sequence,
    startSequencer: (options) =>
      startSequencer({ sequence, hasQueued: () => store.hasQueued(), fullBatch: MAX_BATCH }, options),
    waitLogged: (ids, { timeoutMs }) => waiting.until(ids, timeoutMs),
    latestCheckpoint: () => store.latestCheckpoint(),
    checkpointAt: (size) => store.checkpointAt(size),
    consistency: (from, to) => proofs.consistency(from, to),
    receipt: (index, size) => proofs.receipt(index, size),
    enrolKey: async (key) => {
      assertAcceptable(key.publicKey);
      return enrolKey(rootDeps, key);
    },
    endKey: (kid, how) => endKey(rootDeps, kid, how),
    ...reader,
    ...createListing(store),
    intentTree: (id) => intentTree(store, id),
    queued: (most) => store.queued(most),
    eraseSubject: (request) => eraseSubject({ store, reader, keyStore, append }, request),
    fsck: (onProgress) => fsck({ store, keyStore, signer, tenant: deps.tenant, verify: ingestDeps.verify }, onProgress),
    exportBundle: (request) => exportBundle({ store, reader, proofs }, request),
    status: () => readStatus(store, origin, now),
  };
}

function assertAcceptable(publicKey: Uint8Array): void {
  try {
    assertPublicKey(publicKey);
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new AppError(
      'input.invalid',
      cause.message,
      { field: 'publicKey', expected: '32 bytes, an Ed25519 public key' },
      { cause },
    );
  }
}
