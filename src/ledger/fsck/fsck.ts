import { toBase64 } from '@tenet-ledger/record';
import { verifySync } from '../nodeVerify.js';
import type { CheckpointSigner, KeyStore } from '../ports.js';
import type { LedgerStore, TenantRow } from '../store.js';
import { ChainCheck } from './chainCheck.js';
import { DisclosureCheck } from './disclosureCheck.js';
import { DuplicateCheck } from './duplicateCheck.js';
import { EntryCheck } from './entryCheck.js';
import { Findings } from './findings.js';
import type { FsckProgress, FsckReport } from './report.js';
import { TreeCheck } from './treeCheck.js';

export interface FsckDeps {
  readonly store: LedgerStore;
  readonly keyStore: KeyStore;
  readonly signer: CheckpointSigner;
  readonly tenant: TenantRow;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
}

const CHUNK = 1_024;

/** Recomputes the whole ledger from stored bytes. Reads only, in one pass; entries that arrive meanwhile are left out. */
export async function fsck(deps: FsckDeps, onProgress?: (progress: FsckProgress) => void): Promise<FsckReport> {
  const { store, signer, tenant } = deps;
  const findings = new Findings();
  // The signer first: the head only grows, so a larger signed size is really ahead.
  const signed = await signer.head();
  const head = await store.readHead();
  const size = head?.size ?? 0;
  const tree = new TreeCheck({
    ...deps,
    findings,
    origin: tenant.origin,
    vkey: signer.vkey,
    verify: verifySync,
    signed,
  });
  const entries = new EntryCheck({ ...deps, findings, rootKey: tenant.rootKey, log: tenant.log });
  const chains = new ChainCheck(findings);
  const disclosures = new DisclosureCheck({ ...deps, findings });
  const duplicates = new DuplicateCheck({ ...deps, findings, log: tenant.log });
  await duplicates.addTo(chains);
  let leaves = 0;
  for (let at = 0; at < size; at += CHUNK) {
    const to = Math.min(at + CHUNK, size);
    const rows = await store.readLeaves(at, to);
    leaves += rows.length;
    await tree.add(rows, at, to);
    const read = await entries.readAll(rows);
    for (const row of read) chains.add(row.read.entry, row.sHash, row.index);
    await entries.verifyAll(read, await disclosures.add(read));
    onProgress?.({ done: to, total: size });
  }
  const root = tree.root();
  if (head && Buffer.compare(head.root, root) !== 0) {
    findings.add('head.mismatch', null, null, `the leaves do not hash to the root of the head, size ${size}`);
  }
  await tree.finish(size);
  await entries.compareKeyTable(size);
  await duplicates.verifyAll((kid) => entries.publicKeyOf(kid));
  await checkOrphans(store, findings);
  disclosures.finish();
  const gaps = chains.gaps();
  return {
    ok: findings.found === 0,
    size,
    root: toBase64(root),
    checked: {
      leaves,
      tiles: tree.tiles,
      checkpoints: tree.checkpoints,
      signatures: entries.signatures,
      disclosures: disclosures.disclosures,
      erased: disclosures.erased,
      duplicates: duplicates.duplicates,
    },
    findings: findings.list,
    found: findings.found,
    gaps,
  };
}

/** An entry that was acknowledged must be in the tree or in the queue. */
async function checkOrphans(store: LedgerStore, findings: Findings): Promise<void> {
  for (let after = ''; ;) {
    const page = await store.pageEntries(after, CHUNK);
    for (const { id, stored } of page) {
      if (!stored) findings.add('entry.orphan', null, id, `entry ${id} was accepted, and its leaf is nowhere`);
    }
    const last = page.at(-1);
    if (!last || page.length < CHUNK) return;
    after = last.id;
  }
}
