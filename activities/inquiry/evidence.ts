import { rangeProof, toBase64, type Ed25519Verify, type Policy } from '@tenet-ledger/record';
import { createLedgerStore } from '../../src/db/index.js';
import { AppError } from '../../src/errors/index.js';
import type { CompletenessCheck } from '../../src/inquiry/index.js';
import { type CompletenessEvidence, type SavedScope } from '../../src/inquiry/index.js';
import { nodeSha256 } from '../../src/ledger/index.js';
import type { ActivityDeps } from '../deps.js';

/** Leaves are read in pages of this many: some 3 MB. */
const PAGE = 1_000;
const DUPLICATES_PAGE = 1_000;
const OPEN_PAGE = 500;

export interface EvidenceRequest {
  readonly scope: SavedScope;
  readonly size: number;
  readonly policy: Policy;
  readonly verify: Ed25519Verify;
}

/** Everything but the leaves. The range is the whole tree: where a decision was logged says nothing of when it was made. */
export async function makeEvidence(
  deps: ActivityDeps,
  { scope, size }: EvidenceRequest,
): Promise<CompletenessEvidence> {
  const { ledger, log } = deps.platform;
  const checkpoint = await ledger.checkpointAt(size);
  if (checkpoint === null)
    throw new AppError('not_found', `the log has no checkpoint of size ${size}`, { field: 'size' });
  return {
    v: 1,
    log,
    checkpoint: checkpoint.note,
    start: 0,
    end: size,
    proof: rangeProof({ start: 0, end: size, size }, () => new Uint8Array(32), nodeSha256).map((hash) =>
      toBase64(hash),
    ),
    scope: scope.query,
    scopeDigest: scope.digest,
    disclosures: await openStatements(deps, size),
    duplicates: await duplicatesOf(deps),
  };
}

/** Values of key and capture entries: what producers say of keys and of their own recording, and nothing of any case. */
async function openStatements(deps: ActivityDeps, size: number): Promise<Record<string, readonly string[]>> {
  const rows = await deps.stores.scopes.statements(size);
  const disclosures: Record<string, readonly string[]> = {};
  for (let at = 0; at < rows.length; at += OPEN_PAGE) {
    const page = rows.slice(at, at + OPEN_PAGE);
    const opened = await deps.platform.ledger.openDisclosures(page.map(({ id }) => id));
    for (const { id, index } of page) disclosures[String(index)] = opened.get(id)?.disclosures ?? [];
  }
  return disclosures;
}

async function duplicatesOf({ platform }: ActivityDeps): Promise<string[]> {
  const store = createLedgerStore(platform.db, platform.tenant);
  const leaves: string[] = [];
  for (let after: Uint8Array = new Uint8Array(); ;) {
    const page = await store.pageDuplicates(after, DUPLICATES_PAGE);
    leaves.push(...page.map(({ leaf }) => leaf));
    const last = page.at(-1);
    if (last === undefined || page.length < DUPLICATES_PAGE) return leaves;
    after = last.leafHash;
  }
}

/** Every leaf of the range, checked on its way: what is written is what was read, and read once. */
export async function* checkedLeaves(
  { platform }: ActivityDeps,
  check: CompletenessCheck,
  size: number,
): AsyncGenerator<string> {
  const store = createLedgerStore(platform.db, platform.tenant);
  let next = store.readLeaves(0, Math.min(PAGE, size));
  for (let from = 0; from < size; from += PAGE) {
    const page = await next;
    const ahead = from + PAGE;
    // The next page is on its way while this one is checked.
    if (ahead < size) next = store.readLeaves(ahead, Math.min(ahead + PAGE, size));
    if (page.length !== Math.min(PAGE, size - from)) {
      throw new AppError('inquiry.mismatch', `leaves are missing between ${from} and ${ahead}`, {
        field: 'leaves',
        fix: 'run `tenet ledger fsck`',
      });
    }
    for (const { leaf } of page) {
      check.add(leaf);
      yield leaf;
    }
    // Hashing and parsing hold the thread: timers (heartbeats among them) get their turn here.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
