import { createHmac } from 'node:crypto';

const SEED = /^[0-9a-f]{64}$/;

/**
 * CAPTURE, "Randomness": draw i = top 53 bits of HMAC-SHA-256(seed, u64be(i)) / 2^53, from i = 0, the same in every language.
 * Ids come from HMAC(seed, "id" ‖ u64be(i)), so that an id more or less shifts no draw.
 */
export class Draws {
  readonly #seed: Buffer;
  #numbers = 0n;
  #ids = 0n;

  constructor(seed: string) {
    if (!SEED.test(seed)) throw new TypeError('a replay seed is 64 hexadecimal digits');
    this.#seed = Buffer.from(seed, 'hex');
  }

  random(): number {
    const top = this.#mac('', this.#numbers++).readBigUInt64BE() >> 11n;
    return Number(top) / 2 ** 53;
  }

  /** RFC 9562 version 8: the bits are ours. */
  id(): string {
    const bytes = this.#mac('id', this.#ids++).subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x80;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  #mac(label: string, i: bigint): Buffer {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(i);
    return createHmac('sha256', this.#seed).update(label).update(counter).digest();
  }
}
