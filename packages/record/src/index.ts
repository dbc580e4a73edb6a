/**
 * The portable decision record: schema, canonical form, salted disclosures, signed leaves, RFC 6962 tree and proofs.
 *
 * Pure functions over bytes and text: no clock, no randomness, no network, no file. Runs in a browser; the only
 * dependencies are @noble/ed25519 and @noble/hashes. Not here: storing anything, talking to anyone, holding keys.
 * FORMAT.md beside this package describes the format for a second implementation.
 */
export type * from './types.js';
export { RecordError, type RecordErrorDetails } from './errors.js';
export { concat, equalBytes, fromHex, fromUtf8, toHex, utf8 } from './bytes.js';
export { fromBase64, fromBase64Url, toBase32, toBase64, toBase64Url } from './base64.js';
export { canonicalize, MAX_DEPTH, parseCanonical, parseStrict, type CanonicalizeOptions } from './jcs.js';
export { EMPTY_ROOT, leafHash, nodeHash, sha256, type Sha256 } from './hash.js';
export {
  consistencyProof,
  inclusionProof,
  memoryReader,
  rightEdgeNodes,
  rootOf,
  TreeFrontier,
  type NodeListener,
  type NodeReader,
} from './tree.js';
export { rangeProof, verifyRange, type RangeClaim } from './range.js';
export { verifyConsistency, verifyInclusion, type ConsistencyClaim, type InclusionClaim } from './verifyTree.js';
export { digestOf, makeDisclosure, readDisclosure, type Disclosure, type ReadDisclosure } from './disclosure.js';
export { assertPointer, escapeToken, isPointer, unescapeToken } from './pointer.js';
export { decisionId, flattenRecord, type Field, type FlattenOptions } from './record.js';
export { unflattenRecord, type PartialRecord } from './unflatten.js';
export { assertEntry, ENTRY_KINDS, MAX_FIELDS } from './assertEntry.js';
export {
  dssePae,
  ENTRY_PAYLOAD_TYPE,
  MAX_LEAF_BYTES,
  readLeaf,
  sHash,
  signEntry,
  verifyLeafSignature,
  type ReadLeaf,
  type SignedLeaf,
} from './entry.js';
export {
  assertPublicKey,
  cofactorlessVerify,
  createRecordSigner,
  jointVerify,
  portableVerify,
  registeredKeyVerify,
  strictVerify,
} from './ed25519.js';
export { kidOf } from './kid.js';
export { discloseFields, type DisclosedFields } from './fields.js';
export {
  bundlePath,
  decodeBundle,
  encodeBundle,
  HASH_BYTES,
  nodeToTile,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  type TileRange,
} from './tile.js';
export {
  formatVkey,
  isKeyName,
  NOTE_COSIGNATURE,
  NOTE_ED25519,
  noteKeyId,
  parseVkey,
  type NoteKeyType,
  type VerifierKey,
} from './vkey.js';
export {
  noteSignature,
  openNote,
  signNote,
  splitNote,
  type NoteSignature,
  type NoteSigner,
  type OpenedNote,
  type VerifiedSignature,
} from './note.js';
export { formatCheckpoint, openCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.js';
export { formatReceipt, parseReceipt, type Receipt } from './receipt.js';
export {
  evaluateQuorum,
  formatPolicy,
  formatRootVkey,
  parsePolicy,
  type Policy,
  type PolicyGroup,
  type PolicyKey,
  type PolicyWitness,
  type QuorumResult,
} from './policy.js';
export {
  keyEntry,
  keyStanding,
  mayAttest,
  readKeyStatement,
  type KeyAction,
  type KeyEntryInput,
  type KeyEvent,
  type KeyRole,
  type KeyStanding,
  type KeyStatement,
} from './keys.js';
export {
  bundleBytes,
  formatBundle,
  MAX_BUNDLE_BYTES,
  parseBundle,
  type BundleConsistency,
  type BundleEntry,
  type BundleRow,
  type EvidenceBundle,
} from './bundle.js';
export type {
  BundleCheck,
  BundleLabel,
  BundleVerdict,
  EntrySummary,
  FieldStatus,
  FieldVerdict,
  RelatedVerdict,
  RowVerdict,
} from './bundleVerdict.js';
export { verifyBundle, type VerifyBundleOptions } from './verifyBundle.js';
