import { randomBytes } from 'node:crypto';
import {
  consistencyProof,
  formatBundle,
  formatCheckpoint,
  formatReceipt,
  inclusionProof,
  makeDisclosure,
  memoryReader,
  readDisclosure,
  readLeaf,
  rootOf,
  sHash,
  signEntry,
  signNote,
  toBase64,
  type BundleEntry,
  type Entry,
  type Json,
  type NodeReader,
  type RecordSigner,
} from '@tenet-ledger/record';
import { signerFromKeyFile } from '@tenet-ledger/ghost';
import { createLedgerStore } from '../../db/index.js';
import { AppError } from '../../errors/index.js';
import { createNodeSigner, readKeyFile } from '../../platform/index.js';
import type { Stack } from '../../runtime/index.js';

/**
 * The worst operator: holds the database and every private key, changes one field of one decision, and signs the whole
 * log anew so that every proof in it holds. Works on a copy in memory; the log itself is left alone.
 */
export interface ForgedLog {
  /** A bundle of the rewritten decision, consistent in itself. */
  readonly bundle: string;
  readonly index: number;
  readonly size: number;
  readonly resigned: number;
}

export interface Rewrite {
  readonly decision: string;
  readonly path: string;
  readonly value: Json;
  /** Size of the checkpoint that the auditor kept: the best the operator can do is to forge a proof from there, too. */
  readonly keptSize: number;
  /** PEM files of the producers' keys; the platform's own are in the state folder. */
  readonly producerKeys: readonly string[];
}

interface Leaf {
  readonly id: string;
  readonly text: string;
}

export async function rewriteLog(stack: Stack, rewrite: Rewrite): Promise<ForgedLog> {
  const { platform } = stack;
  const store = createLedgerStore(platform.db, platform.tenant);
  const head = await platform.ledger.latestCheckpoint();
  if (head === null) throw new AppError('internal', 'the log has no checkpoint');
  const leaves = await store.readLeaves(0, head.size);
  const signers = await everyKey(stack, rewrite.producerKeys);
  const disclosure = makeDisclosure(rewrite.path, rewrite.value, randomBytes(16));
  const forged = forge(
    leaves.map(({ id, leaf }) => ({ id, text: Buffer.from(leaf).toString('utf8') })),
    signers,
    {
      decision: rewrite.decision,
      path: rewrite.path,
      digest: disclosure.digest,
    },
  );
  const body = formatCheckpoint({ origin: platform.origin, size: head.size, root: rootOf(forged.hashes) });
  const note = signNote(body, [await checkpointKey(stack)]);
  const read = memoryReader(forged.hashes);
  const opened = await platform.ledger.openDisclosures([rewrite.decision]);
  const kept = (opened.get(rewrite.decision)?.disclosures ?? []).filter(
    (text) => readDisclosure(text).path !== rewrite.path,
  );
  const entryOf = bundleEntry(forged, read, note);
  const index = forged.leaves.findIndex(({ id }) => id === rewrite.decision);
  const target = readLeaf(forged.leaves[index]?.text ?? '').entry;
  const bundle = formatBundle({
    v: 1,
    entry: entryOf(rewrite.decision, [...kept, disclosure.disclosure]),
    keys: await keyEntries(stack, target.producer.kid, entryOf),
    related: [],
    erasures: [],
    rows: [],
    consistency: [...new Set([rewrite.keptSize, ...(target.after === undefined ? [] : [target.after.size])])]
      .filter((from) => from < head.size)
      .map((from) => ({
        from,
        root: toBase64(rootOf(forged.hashes.slice(0, from))),
        proof: consistencyProof(from, head.size, read).map((hash) => toBase64(hash)),
      })),
  });
  return { bundle, index, size: head.size, resigned: forged.resigned };
}

interface Forgery {
  readonly leaves: readonly Leaf[];
  readonly hashes: readonly Uint8Array[];
  readonly resigned: number;
}

/** Goes through the log in order and mends everything the change breaks: the producer's chain and every cited root. */
function forge(
  leaves: readonly Leaf[],
  signers: ReadonlyMap<string, RecordSigner>,
  change: { decision: string; path: string; digest: string },
): Forgery {
  const out: Leaf[] = [];
  const hashes: Uint8Array[] = [];
  // What a chain cites by hash may lie in no log: a record that arrived twice is kept once.
  const mended = new Map<string, string>();
  const roots = new Map<number, string>();
  let resigned = 0;
  let changedFrom = Infinity;
  const rootAt = (size: number): string => {
    let root = roots.get(size);
    if (root === undefined) roots.set(size, (root = toBase64(rootOf(hashes.slice(0, size)))));
    return root;
  };
  leaves.forEach(({ id, text }, index) => {
    const { entry, payload } = readLeaf(text);
    const signer = signers.get(entry.producer.kid);
    if (signer === undefined) throw new AppError('internal', `no private key for ${entry.producer.kid}`);
    if (id === change.decision) changedFrom = index;
    const { prev } = entry.producer;
    const next: Entry = {
      ...entry,
      producer: prev === undefined ? entry.producer : { ...entry.producer, prev: mended.get(prev) ?? prev },
      ...(entry.after !== undefined && entry.after.size > changedFrom
        ? { after: { size: entry.after.size, root: rootAt(entry.after.size) } }
        : {}),
      ...(id === change.decision ? { fields: { ...entry.fields, [change.path]: change.digest } } : {}),
    };
    const signed = signEntry(next, signer);
    if (signed.leaf !== text) {
      mended.set(sHash(payload), signed.sHash);
      resigned += 1;
    }
    out.push({ id, text: signed.leaf });
    hashes.push(signed.leafHash);
  });
  return { leaves: out, hashes, resigned };
}

async function everyKey(
  { services, config }: Stack,
  producerKeys: readonly string[],
): Promise<Map<string, RecordSigner>> {
  const stateDir = services.folder.dir;
  const own = await Promise.all(
    (['root', 'platform'] as const).map((name) => readKeyFile(stateDir, config.tenant, name)),
  );
  const signers = [...own.filter((key) => key !== null).map(createNodeSigner), ...producerKeys.map(signerFromKeyFile)];
  return new Map(signers.map((signer) => [signer.keyId, signer]));
}

async function checkpointKey({ services, platform, config }: Stack): Promise<Parameters<typeof signNote>[1][number]> {
  const secret = await readKeyFile(services.folder.dir, config.tenant, 'checkpoint');
  if (secret === null) throw new AppError('internal', 'the checkpoint key is missing');
  const signer = createNodeSigner(secret);
  return { name: platform.origin, type: 0x01, publicKey: signer.publicKey, sign: (message) => signer.sign(message) };
}

type EntryOf = (id: string, disclosures: readonly string[]) => BundleEntry;

function bundleEntry(forged: Forgery, read: NodeReader, note: string): EntryOf {
  const at = new Map(forged.leaves.map(({ id }, index) => [id, index]));
  return (id, disclosures) => {
    const index = at.get(id) ?? -1;
    const hashes = inclusionProof(index, forged.hashes.length, read);
    return {
      leaf: forged.leaves[index]?.text ?? '',
      receipt: formatReceipt({ index, hashes, checkpoint: note }),
      disclosures,
    };
  };
}

async function keyEntries({ platform }: Stack, kid: string, entryOf: EntryOf): Promise<BundleEntry[]> {
  const [row] = await createLedgerStore(platform.db, platform.tenant).readKeys([kid]);
  if (row === undefined) throw new AppError('internal', `no key entry of ${kid}`);
  const opened = await platform.ledger.openDisclosures([row.entryId]);
  return [entryOf(row.entryId, opened.get(row.entryId)?.disclosures ?? [])];
}
