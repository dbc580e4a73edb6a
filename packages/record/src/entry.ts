import { fromBase64, fromBase64Url, toBase64, toBase64Url } from './base64.js';
import { concat, fromUtf8, utf8 } from './bytes.js';
import { assertEntry } from './assertEntry.js';
import { RecordError } from './errors.js';
import { leafHash, sha256, type Sha256 } from './hash.js';
import { canonicalize, parseCanonical } from './jcs.js';
import { shape } from './shape.js';
import type { Ed25519Verify, Entry, RecordSigner } from './types.js';

// S → DSSE → leaf. The signature sits inside the leaf, so nobody can sign an old entry again under another key.

/** For every kind of entry. Carries no brand: signed bytes outlive names. */
export const ENTRY_PAYLOAD_TYPE = 'application/vnd.decision-ledger.entry.v1+json';

/** What a uint16 length prefix in an entry bundle can hold. */
export const MAX_LEAF_BYTES = 65_535;

export interface SignedLeaf {
  /** S, exactly as signed. */
  readonly payload: Uint8Array;
  /** The leaf's exact JSON text (ASCII). */
  readonly leaf: string;
  readonly leafHash: Uint8Array;
  /** base64url(SHA-256(S)): the `prev` of this producer's next entry. */
  readonly sHash: string;
}

export interface ReadLeaf {
  readonly entry: Entry;
  readonly payload: Uint8Array;
  readonly keyid: string;
  readonly signature: Uint8Array;
}

/** DSSE v1 pre-authentication encoding: lengths in bytes, decimal. */
export function dssePae(payloadType: string, payload: Uint8Array): Uint8Array {
  const length = payloadType === ENTRY_PAYLOAD_TYPE ? ENTRY_PAYLOAD_TYPE.length : utf8(payloadType).length;
  return concat(utf8(`DSSEv1 ${length} ${payloadType} ${payload.length} `), payload);
}

export function sHash(payload: Uint8Array, hash: Sha256 = sha256): string {
  return toBase64Url(hash(payload));
}

/** Signs S under the key that S itself names. Refuses what `readLeaf` would refuse. */
export function signEntry(entry: Entry, signer: RecordSigner, hash: Sha256 = sha256): SignedLeaf {
  assertEntry(entry);
  if (entry.producer.kid !== signer.keyId) {
    throw new RecordError('record.entry.kid', 'the entry names another key than the one that signs it', {
      at: '/producer/kid',
      expected: signer.keyId,
      got: entry.producer.kid,
    });
  }
  const payload = utf8(canonicalize(entry));
  const sig = toBase64(signer.sign(dssePae(ENTRY_PAYLOAD_TYPE, payload)));
  const leaf = writeParts({ payload: toBase64(payload), keyid: signer.keyId, sig });
  if (leaf.length > MAX_LEAF_BYTES) tooLarge(leaf.length);
  return {
    payload,
    leaf,
    get leafHash() {
      return leafHash(utf8(leaf), hash);
    },
    sHash: sHash(payload, hash),
  };
}

function tooLarge(size: number): never {
  throw new RecordError('record.leaf.size', 'the leaf is too large', {
    expected: `at most ${MAX_LEAF_BYTES} bytes`,
    got: `${size} bytes`,
  });
}

/** Everything in a leaf but payload, key id and signature. */
const LEAF = [
  '{"payload":"',
  `","payloadType":"${ENTRY_PAYLOAD_TYPE}","signatures":[{"keyid":"`,
  '","sig":"',
  '"}]}',
] as const;

interface LeafParts {
  readonly payload: string;
  readonly keyid: string;
  readonly sig: string;
}

/** Members are in canonical order, and base64 and key ids need no escapes: this is the JCS of the leaf. */
const writeParts = ({ payload, keyid, sig }: LeafParts): string =>
  LEAF[0] + payload + LEAF[1] + keyid + LEAF[2] + sig + LEAF[3];

/**
 * The parts of a leaf that is written as {@link writeParts} does, else null. What is between them has yet to be read as base64 and
 * as the key id of the entry: only then do the parts hold no escape and the text is canonical.
 */
function splitParts(text: string): LeafParts | null {
  const [head, type, mid, tail] = LEAF;
  const payloadEnd = text.indexOf('"', head.length);
  const kidAt = payloadEnd + type.length;
  const kidEnd = text.indexOf('"', kidAt);
  const sigAt = kidEnd + mid.length;
  const sigEnd = text.length - tail.length;
  const isLeaf =
    payloadEnd > 0 &&
    kidEnd > 0 &&
    sigAt <= sigEnd &&
    text.startsWith(head) &&
    text.startsWith(type, payloadEnd) &&
    text.startsWith(mid, kidEnd) &&
    text.endsWith(tail);
  if (!isLeaf) return null;
  return {
    payload: text.slice(head.length, payloadEnd),
    keyid: text.slice(kidAt, kidEnd),
    sig: text.slice(sigAt, sigEnd),
  };
}

const LEAF_SHAPE = { payload: 'string', payloadType: 'string', signatures: 'array' } as const;

/** The strict profile: JCS(parse(leaf)) = leaf, JCS(parse(S)) = S, one signature, by the key that S names. */
export function readLeaf(leaf: string | Uint8Array): ReadLeaf {
  if (leaf.length > MAX_LEAF_BYTES) tooLarge(leaf.length);
  const text = typeof leaf === 'string' ? leaf : fromUtf8(leaf);
  const parts = splitParts(text) ?? parseParts(text);
  const { keyid } = parts;
  const signature = fromBase64(parts.sig);
  if (signature.length !== 64) throw new RecordError('record.leaf.signatures', 'an Ed25519 signature is 64 bytes');
  const payload = fromBase64(parts.payload);
  const entry = assertEntry(parseCanonical(fromUtf8(payload)));
  if (entry.producer.kid !== keyid) {
    throw new RecordError('record.entry.kid', 'the leaf is signed by another key than its entry names', {
      expected: entry.producer.kid,
      got: keyid,
    });
  }
  return { entry, payload, keyid, signature };
}

/** For a leaf in another form than ours: says what is wrong with it. */
function parseParts(text: string): LeafParts {
  const parsed = shape(parseCanonical(text), LEAF_SHAPE, {}, 'leaf');
  if (parsed.payloadType !== ENTRY_PAYLOAD_TYPE) {
    throw new RecordError('record.leaf.payload_type', 'the leaf holds another type of payload', {
      expected: ENTRY_PAYLOAD_TYPE,
      got: parsed.payloadType,
    });
  }
  if (parsed.signatures.length !== 1) {
    throw new RecordError('record.leaf.signatures', 'a leaf holds exactly one signature', {
      got: `${parsed.signatures.length}`,
    });
  }
  const { keyid, sig } = shape(parsed.signatures[0], { keyid: 'string', sig: 'string' }, {}, 'leaf signature');
  return { payload: parsed.payload, keyid, sig };
}

/** `publicKey` must have passed `assertPublicKey`, and the caller must know why it belongs to `read.keyid`. */
export function verifyLeafSignature(read: ReadLeaf, publicKey: Uint8Array, verify: Ed25519Verify): boolean {
  return verify(read.signature, dssePae(ENTRY_PAYLOAD_TYPE, read.payload), publicKey);
}

/** 32 bytes in base64url, or an error naming `at`. */
export function digestBytes(text: string, at: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes.length !== 32)
    throw new RecordError('record.digest', 'a digest is 32 bytes in base64url', { at, got: text });
  return bytes;
}
