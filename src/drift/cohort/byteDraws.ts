import { createHash } from 'node:crypto';

export interface Draws {
  /** A uniform whole number in [0, count), 1 ≤ count ≤ 2^32. */
  below(count: number): number;
}

const BYTE = 2 ** 8;
const WORD = 2 ** 32;

/**
 * Numbers drawn from the byte stream SHA-256("tenet-cohort-v1\n" seed "\n" label "\n" block), block = 0, 1, …: one byte a
 * draw where 256 values suffice, else four (big-endian), with rejection so that every value is equally likely. The same
 * seed gives the same numbers in any language, which is how somebody else repeats a permutation test.
 */
export function byteDraws(seed: string, label: string): Draws {
  let block = 0;
  let bytes = Buffer.alloc(0);
  let at = 0;
  const next = (): number => {
    if (at === bytes.length) {
      bytes = createHash('sha256').update(`tenet-cohort-v1\n${seed}\n${label}\n${block}`, 'utf8').digest();
      block += 1;
      at = 0;
    }
    const byte = bytes[at] ?? 0;
    at += 1;
    return byte;
  };
  const word = (): number => ((next() * BYTE + next()) * BYTE + next()) * BYTE + next();
  return {
    below(count) {
      if (!Number.isSafeInteger(count) || count < 1 || count > WORD)
        throw new RangeError(`expected a whole number from 1 to 2^32, got ${count}`);
      const [draw, range] = count <= BYTE ? [next, BYTE] : [word, WORD];
      const limit = range - (range % count);
      for (;;) {
        const value = draw();
        if (value < limit) return value % count;
      }
    },
  };
}
