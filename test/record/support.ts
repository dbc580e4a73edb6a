import { createHash, createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerifyRaw } from 'node:crypto';
import {
  canonicalize,
  consistencyProof,
  createRecordSigner,
  discloseFields,
  flattenRecord,
  formatCheckpoint,
  formatReceipt,
  formatRootVkey,
  formatVkey,
  inclusionProof,
  jointVerify,
  keyEntry,
  kidOf,
  leafHash,
  memoryReader,
  NOTE_COSIGNATURE,
  NOTE_ED25519,
  parsePolicy,
  rootOf,
  signEntry,
  signNote,
  strictVerify,
  toBase64,
  utf8,
  type BundleEntry,
  type DecisionRecord,
  type Ed25519Verify,
  type Entry,
  type EntryKind,
  type EvidenceBundle,
  type Field,
  type KeyAction,
  type KeyRole,
  type NoteSigner,
  type Policy,
  type RecordSigner,
  type Sha256,
} from '@tenet-ledger/record';

export const nodeSha256: Sha256 = (data) => createHash('sha256').update(data).digest();

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export const nodeVerify: Ed25519Verify = (signature, message, publicKey) => {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
    return nodeVerifyRaw(null, message, key, signature);
  } catch {
    return false;
  }
};

export const joint = jointVerify(nodeVerify, strictVerify);

/** A signer by node:crypto, as servers use. */
export function nodeSigner(seed: number): RecordSigner {
  const secret = new Uint8Array(32).fill(seed);
  const { publicKey } = createRecordSigner(secret);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  return { keyId: kidOf(publicKey), publicKey, sign: (message) => new Uint8Array(nodeSign(null, message, key)) };
}

/** Salts that differ and repeat from run to run. */
export function countingSalt(start = 0): () => Uint8Array {
  let n = start;
  return () => nodeSha256(utf8(`salt ${(n += 1)}`)).subarray(0, 16);
}

export const LOG = 'ledger.example/acme';
export const ORIGIN = `${LOG}/2026`;

export const exampleRecord: DecisionRecord = {
  intent: { goal: 'decide on a loan', origin: 'human', session: 's-1' },
  context: { inputs: { income: 4200, term: 36, applicant: 'A-77' } },
  reasoning: ['income is below three times the instalment', 'two late payments'],
  alternatives: [{ action: 'refer', score: 0.37 }],
  decision: { outcome: 'deny', confidence: 0.81, rules: [{ id: 'R-12', fired: true }] },
  provenance: { agent: 'underwriter', version: '4.2.0', sdk: 'ghost 0.1.0' },
  tape: [
    {
      v: 1,
      n: 1,
      kind: 'tool',
      name: 'bureau',
      effect: 'read',
      key: 'A-77',
      args: { id: 'A-77' },
      result: { late: 2 },
      startedMs: 1,
      durMs: 2,
    },
  ],
  grade: { grade: 'A', reasons: [] },
};

interface Producer {
  readonly id: string;
  readonly signer: RecordSigner;
  seq: number;
  prev: string | undefined;
}

export interface Written {
  readonly index: number;
  readonly id: string;
  readonly leaf: string;
  readonly disclosures: readonly string[];
}

export interface NewEntry {
  readonly kind?: EntryKind;
  readonly type?: string;
  readonly id: string;
  readonly agent?: string;
  readonly fields: readonly Field[];
  readonly links?: Entry['links'];
  readonly after?: { readonly size: number; readonly root: string };
  readonly log?: string;
}

/** A whole log in memory, with the parties of a real one: root, platform, producer, log key, three witnesses. */
export class TestLog {
  readonly root = nodeSigner(1);
  readonly platform = nodeSigner(2);
  readonly producer = nodeSigner(3);
  readonly logKey = nodeSigner(4);
  readonly witnesses = [nodeSigner(11), nodeSigner(12), nodeSigner(13)];
  readonly written: Written[] = [];
  readonly #salt = countingSalt();
  readonly #chains = new Map<string, Producer>();

  constructor(readonly log: string = LOG) {}

  get origin(): string {
    return `${this.log}/2026`;
  }

  #chain(id: string, signer: RecordSigner): Producer {
    const known = this.#chains.get(id + signer.keyId) ?? { id, signer, seq: 0, prev: undefined };
    this.#chains.set(id + signer.keyId, known);
    return known;
  }

  #push(entry: Entry, disclosures: readonly string[], chain: Producer): Written {
    const signed = signEntry(entry, chain.signer, nodeSha256);
    chain.seq = entry.producer.seq;
    chain.prev = signed.sHash;
    const written = { index: this.written.length, id: entry.id, leaf: signed.leaf, disclosures };
    this.written.push(written);
    return written;
  }

  #next(chain: Producer): { kid: string; seq: number; prev?: string } {
    const head = { kid: chain.signer.keyId, seq: chain.seq + 1 };
    return chain.prev === undefined ? head : { ...head, prev: chain.prev };
  }

  key(action: KeyAction, subject: RecordSigner, role: KeyRole, by: RecordSigner = this.root): Written {
    const chain = this.#chain('root', by);
    const { entry, disclosures } = keyEntry({
      log: this.log,
      action,
      publicKey: subject.publicKey,
      role,
      producer: this.#next(chain),
      occurredAt: '2026-01-01T00:00:00.000Z',
      salt: this.#salt,
    });
    return this.#push(entry, disclosures, chain);
  }

  append(input: NewEntry, signer: RecordSigner): Written {
    const chain = this.#chain(`p-${signer.keyId}`, signer);
    const { fields, disclosures } = discloseFields(input.fields, this.#salt, nodeSha256);
    const entry: Entry = {
      v: 1,
      log: input.log ?? this.log,
      kind: input.kind ?? 'decision',
      type: input.type ?? 'loan.approve',
      id: input.id,
      agent: input.agent ?? 'underwriter@4.2.0',
      links: input.links ?? [],
      producer: { id: chain.id, ...this.#next(chain) },
      occurred_at: '2026-01-02T03:04:05.678Z',
      ...(input.after === undefined ? {} : { after: input.after }),
      fields,
    };
    return this.#push(entry, disclosures, chain);
  }

  decision(id: string, signer = this.producer, more: Partial<NewEntry> = {}): Written {
    return this.append({ id, fields: flattenRecord(exampleRecord), ...more }, signer);
  }

  leafHashes(size = this.written.length): Uint8Array[] {
    return this.written.slice(0, size).map(({ leaf }) => leafHash(utf8(leaf), nodeSha256));
  }

  rootAt(size = this.written.length): Uint8Array {
    return rootOf(this.leafHashes(size), nodeSha256);
  }

  note(size = this.written.length, cosigners: readonly number[] = [], root = this.rootAt(size)): string {
    const signers: NoteSigner[] = [
      { name: this.origin, type: NOTE_ED25519, publicKey: this.logKey.publicKey, sign: this.logKey.sign },
      ...cosigners.map((i) => {
        const { publicKey, sign } = this.witnesses[i]!;
        return { name: `w${i}.example`, type: NOTE_COSIGNATURE, publicKey, sign, time: 1_767_500_000 + i } as const;
      }),
    ];
    return signNote(formatCheckpoint({ origin: this.origin, size, root }), signers);
  }

  receipt(index: number, note: string, size = this.written.length): string {
    const read = memoryReader(this.leafHashes(size), nodeSha256);
    return formatReceipt({ index, hashes: inclusionProof(index, size, read, nodeSha256), checkpoint: note });
  }

  entry(written: Written, note: string, size = this.written.length): BundleEntry {
    const { leaf, disclosures, index } = written;
    return { leaf, disclosures, receipt: this.receipt(index, note, size) };
  }

  consistency(from: number, size = this.written.length): EvidenceBundle['consistency'][number] {
    const read = memoryReader(this.leafHashes(size), nodeSha256);
    const proof = consistencyProof(from, size, read, nodeSha256).map(toBase64);
    return { from, root: toBase64(this.rootAt(from)), proof };
  }

  policyText(quorum = 'none'): string {
    const lines = [
      `log ${formatVkey(this.origin, NOTE_ED25519, this.logKey.publicKey)}`,
      `root ${formatRootVkey(this.log, this.root.publicKey)}`,
      ...this.witnesses.map((w, i) => `witness W${i} ${formatVkey(`w${i}.example`, NOTE_COSIGNATURE, w.publicKey)}`),
      'group two 2 W0 W1 W2',
      `quorum ${quorum}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  policy(quorum = 'none'): Policy {
    return parsePolicy(this.policyText(quorum));
  }

  bundle(
    main: Written,
    keys: readonly Written[],
    more: Partial<EvidenceBundle> = {},
    note = this.note(),
  ): EvidenceBundle {
    return {
      v: 1,
      entry: this.entry(main, note),
      keys: keys.map((key) => this.entry(key, note)),
      related: [],
      erasures: [],
      rows: [],
      consistency: [],
      ...more,
    };
  }
}

/** Like formatBundle, without its checks: for bundles that must be refused. */
export const rawBundle = (bundle: unknown): string => canonicalize(bundle);

/** mulberry32: draws that repeat. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
