import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const PREFIX = 'psn_';
const IV_BYTES = 16;
const TOKEN = /^psn_[A-Za-z0-9_-]{22,}$/;

export const isPseudonym = (text: string): boolean => text.startsWith(PREFIX) && TOKEN.test(text);

/**
 * A value and its token: the same value has the same token, and who holds the key reads it back. The vector is a MAC of
 * the value, so a token that somebody made up is told from a real one.
 */
export class Pseudonyms {
  readonly #macKey: Buffer;
  readonly #cipherKey: Buffer;

  /** `key`: 32 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new TypeError(`a pseudonym key has 32 bytes, got ${key.length}`);
    const derive = (info: string): Buffer => Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), info, 32));
    this.#macKey = derive('tenet-pseudonym-iv');
    this.#cipherKey = derive('tenet-pseudonym-enc');
  }

  hide(value: string): string {
    const iv = this.#ivOf(value);
    const cipher = createCipheriv('aes-256-ctr', this.#cipherKey, iv);
    return PREFIX + Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final()]).toString('base64url');
  }

  /** The value, or undefined for what is no token of this key. */
  reveal(token: string): string | undefined {
    if (!isPseudonym(token)) return undefined;
    const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
    if (bytes.length < IV_BYTES) return undefined;
    const iv = bytes.subarray(0, IV_BYTES);
    const cipher = createDecipheriv('aes-256-ctr', this.#cipherKey, iv);
    const value = Buffer.concat([cipher.update(bytes.subarray(IV_BYTES)), cipher.final()]).toString('utf8');
    return timingSafeEqual(iv, this.#ivOf(value)) ? value : undefined;
  }

  #ivOf(value: string): Buffer {
    return createHmac('sha256', this.#macKey).update(value, 'utf8').digest().subarray(0, IV_BYTES);
  }
}
