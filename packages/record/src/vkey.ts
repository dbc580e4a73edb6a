import { fromBase64, toBase64 } from './base64.js';
import { concat, toHex, utf8 } from './bytes.js';
import { RecordError } from './errors.js';
import { sha256 } from './hash.js';

// C2SP signed-note, "Verifier keys": <name>+<key id in hex>+<base64(type ‖ public key)>.

/** 0x01 Ed25519 note signature, 0x04 Ed25519 timestamped cosignature. ML-DSA (0x06) is not read yet. */
export const NOTE_ED25519 = 0x01;
export const NOTE_COSIGNATURE = 0x04;
export type NoteKeyType = typeof NOTE_ED25519 | typeof NOTE_COSIGNATURE;

export interface VerifierKey {
  readonly name: string;
  readonly type: NoteKeyType;
  /** Four bytes in hex. An identifier, not a strong hash. */
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

/** Non-empty, without Unicode spaces, "+" or control characters. */
export const isKeyName = (name: string): boolean => name !== '' && !/[\s\u0085+\p{Cc}\p{Cs}]/u.test(name);

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]. */
export function noteKeyId(name: string, type: NoteKeyType, publicKey: Uint8Array): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4);
}

export function formatVkey(name: string, type: NoteKeyType, publicKey: Uint8Array): string {
  if (!isKeyName(name)) refuse('a name without spaces and "+"', name);
  if (publicKey.length !== 32) refuse('a public key of 32 bytes', `${publicKey.length} bytes`);
  return `${name}+${toHex(noteKeyId(name, type, publicKey))}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
}

/** Strict: one text per key. Whether the key is a sound point is `assertPublicKey`'s business. */
export function parseVkey(text: string): VerifierKey {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 1 || second < 0) refuse('<name>+<key id>+<base64>', text);
  const name = text.slice(0, first);
  const keyId = text.slice(first + 1, second);
  if (!isKeyName(name)) refuse('a name without spaces and "+"', name);
  const data = fromBase64(text.slice(second + 1));
  const type = data[0];
  if (type !== NOTE_ED25519 && type !== NOTE_COSIGNATURE) refuse('key type 0x01 or 0x04', `type ${type}`);
  const publicKey = data.slice(1);
  if (publicKey.length !== 32) refuse('a public key of 32 bytes', `${publicKey.length} bytes`);
  const wanted = toHex(noteKeyId(name, type, publicKey));
  if (keyId !== wanted) refuse(`key id ${wanted}`, keyId);
  return { name, type, keyId, publicKey };
}

function refuse(expected: string, got: string): never {
  throw new RecordError('record.vkey', `not a verifier key: expected ${expected}`, { expected, got });
}
