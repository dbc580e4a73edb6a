import { fromBase64, toBase64 } from './base64.js';
import { concat, fromUtf8, toHex, utf8 } from './bytes.js';
import { RecordError } from './errors.js';
import type { Ed25519Verify } from './types.js';
import { isKeyName, NOTE_COSIGNATURE, NOTE_ED25519, noteKeyId, type NoteKeyType, type VerifierKey } from './vkey.js';
import { isWellFormed } from './wellFormed.js';

// C2SP signed-note and tlog-cosignature (Ed25519).

const MAX_NOTE = 1_000_000;
const MAX_SIGNATURES = 100;
const LINE_START = '\u2014 ';

export interface NoteSigner {
  readonly name: string;
  readonly type: NoteKeyType;
  readonly publicKey: Uint8Array;
  /** POSIX seconds; required for a cosignature (0x04). */
  readonly time?: number;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
}

export interface VerifiedSignature extends NoteSignature {
  readonly key: VerifierKey;
  /** POSIX seconds, for a cosignature. */
  readonly time?: number;
}

export interface OpenedNote {
  /** With its final newline. */
  readonly text: string;
  readonly verified: readonly VerifiedSignature[];
  /** Lines by keys that are not among the given ones: ignored, as the specification demands. */
  readonly unverified: readonly NoteSignature[];
}

interface SignatureLine extends NoteSignature {
  readonly signature: Uint8Array;
}

/** What a key of `type` signs. tlog-cosignature: the header and time lines come before the note text. */
function signedMessage(text: string, type: NoteKeyType, time: number): Uint8Array {
  return utf8(type === NOTE_COSIGNATURE ? `cosignature/v1\ntime ${time}\n${text}` : text);
}

/** One signature line, with its newline. Deterministic: the same key, text and time give the same line. */
export function noteSignature(text: string, signer: NoteSigner): string {
  assertText(text);
  if (!isKeyName(signer.name)) malformed('the key name has a space or "+"');
  const time = signer.time ?? 0;
  if (signer.type === NOTE_COSIGNATURE && !(Number.isSafeInteger(signer.time) && time > 0)) {
    throw new RecordError('record.note.time', 'a cosignature needs its time in POSIX seconds', {
      got: String(signer.time),
    });
  }
  const signature = signer.sign(signedMessage(text, signer.type, time));
  const stamp = signer.type === NOTE_COSIGNATURE ? u64(time) : new Uint8Array(0);
  const keyId = noteKeyId(signer.name, signer.type, signer.publicKey);
  return `${LINE_START}${signer.name} ${toBase64(concat(keyId, stamp, signature))}\n`;
}

export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (signers.length === 0) malformed('a note needs a signature');
  return `${text}\n${signers.map((signer) => noteSignature(text, signer)).join('')}`;
}

/**
 * Throws for a malformed note, for a known key whose signature does not verify, and where no known key signed. Two keys
 * of the same name and id are ambiguous and refused where a line uses them.
 */
export function openNote(note: string | Uint8Array, keys: readonly VerifierKey[], verify: Ed25519Verify): OpenedNote {
  const { text, lines } = splitNote(note);
  const verified = new Map<string, VerifiedSignature>();
  const unverified = new Map<string, NoteSignature>();
  for (const line of lines) {
    const id = `${line.name} ${line.keyId}`;
    const [key, another] = keys.filter((known) => known.name === line.name && known.keyId === line.keyId);
    if (key === undefined) {
      unverified.set(`${id} ${toHex(line.signature)}`, { name: line.name, keyId: line.keyId });
      continue;
    }
    if (another !== undefined) throw new RecordError('record.note.ambiguous', `two known keys are called ${id}`);
    if (verified.has(id)) continue;
    verified.set(id, verifyLine(text, line, key, verify));
  }
  if (verified.size === 0) {
    throw new RecordError('record.note.unverified', 'no known key signed the note', {
      expected: keys.map((key) => `${key.name}+${key.keyId}`).join(', '),
      got: lines.map((line) => `${line.name}+${line.keyId}`).join(', '),
    });
  }
  return { text, verified: [...verified.values()], unverified: [...unverified.values()] };
}

function verifyLine(text: string, line: SignatureLine, key: VerifierKey, verify: Ed25519Verify): VerifiedSignature {
  const { name, keyId, signature } = line;
  const stamped = key.type === NOTE_COSIGNATURE;
  const time = stamped && signature.length === 72 ? readU64(signature) : 0;
  const message = signedMessage(text, key.type, time);
  const length = key.type === NOTE_ED25519 ? 64 : 72;
  if (signature.length !== length || !verify(signature.subarray(length - 64), message, key.publicKey)) {
    throw new RecordError('record.note.signature', `the signature of ${name} does not verify`, {
      at: `${name}+${keyId}`,
    });
  }
  return stamped ? { name, keyId, key, time } : { name, keyId, key };
}

/** Text and signature lines, checked for form only: nothing in them is to be believed yet. */
export function splitNote(note: string | Uint8Array): {
  readonly text: string;
  readonly lines: readonly SignatureLine[];
} {
  const whole = typeof note === 'string' ? note : fromUtf8(note);
  if (whole.length > MAX_NOTE) malformed('too long');
  // The last blank line separates: the text itself may hold blank lines.
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) malformed('no blank line before the signatures');
  const text = whole.slice(0, split + 1);
  assertText(text);
  const signatures = whole.slice(split + 2);
  if (signatures === '' || !signatures.endsWith('\n')) malformed('no signature line at the end');
  const lines = signatures.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) malformed(`more than ${MAX_SIGNATURES} signatures`);
  return { text, lines: lines.map(parseLine) };
}

function parseLine(line: string): SignatureLine {
  if (!line.startsWith(LINE_START)) malformed('a signature line does not start with an em dash and a space');
  const space = line.indexOf(' ', LINE_START.length);
  const name = line.slice(LINE_START.length, space);
  if (space < 0 || !isKeyName(name)) malformed('a signature line has no key name');
  const data = fromBase64(line.slice(space + 1));
  if (data.length < 5) malformed('a signature line is too short');
  return { name, keyId: toHex(data.subarray(0, 4)), signature: data.slice(4) };
}

function assertText(text: string): void {
  if (!text.endsWith('\n')) malformed('the text does not end with a newline');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text) || !isWellFormed(text)) malformed('a control character in the text');
}

function malformed(why: string): never {
  throw new RecordError('record.note', `malformed note: ${why}`);
}

function u64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

function readU64(bytes: Uint8Array): number {
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) malformed('a cosignature time out of range');
  return Number(value);
}
