import { CONTROL_BYTES, Word } from './control.js';

/**
 * A byte queue between two threads in shared memory: one thread offers, one takes, neither locks. A frame is a 32-bit length and that many
 * bytes, padded to 4; it never wraps: where it does not fit before the end, a SKIP stands there and it begins at 0. Positions count
 * bytes for ever and are compared by difference, so their overflow does not matter.
 */
const SKIP = -1;
const LENGTH_BYTES = 4;
const MAX_CAPACITY = 2 ** 30;

const encoder = new TextEncoder();
const padded = (bytes: number): number => (bytes + 3) & ~3;

export class Ring {
  /** A power of two. */
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #lengths: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  /** The producer's own position, and the consumer's as last seen: the shared words are read only when this is not enough. */
  #tail: number;
  #seenHead: number;

  constructor(memory: SharedArrayBuffer) {
    this.capacity = memory.byteLength - CONTROL_BYTES;
    this.#words = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#lengths = new Int32Array(memory, CONTROL_BYTES);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.#text = Buffer.from(memory, CONTROL_BYTES);
    this.#tail = Atomics.load(this.#words, Word.tail);
    this.#seenHead = Atomics.load(this.#words, Word.head);
  }

  /** `bytes` is rounded up to a power of two. */
  static memory(bytes: number): SharedArrayBuffer {
    const capacity = Math.min(MAX_CAPACITY, 2 ** Math.ceil(Math.log2(Math.max(64, bytes))));
    return new SharedArrayBuffer(CONTROL_BYTES + capacity);
  }

  /** Whether it can ever be taken: up to half the ring always finds a place in an empty one. */
  fits(text: string): boolean {
    const most = this.capacity / 2 - LENGTH_BYTES;
    return text.length * 3 <= most || Buffer.byteLength(text) <= most;
  }

  /** Producer. False: there is no room now. */
  offer(text: string): boolean {
    if (this.#put(text)) return true;
    this.#seenHead = Atomics.load(this.#words, Word.head);
    return this.#put(text);
  }

  #put(text: string): boolean {
    const at = this.#tail & (this.capacity - 1);
    const toEnd = this.capacity - at;
    const free = this.capacity - ((this.#tail - this.#seenHead) | 0);
    const here = this.#write(text, at, Math.min(toEnd, free));
    if (here > 0) return this.#publish(here);
    if (free <= toEnd) return false;
    const wrapped = this.#write(text, 0, free - toEnd);
    if (wrapped === 0) return false;
    this.#lengths[at >> 2] = SKIP;
    return this.#publish(toEnd + wrapped);
  }

  /** Bytes taken by the frame, 0 where it does not fit; what was written then is not published. */
  #write(text: string, at: number, room: number): number {
    const limit = room - LENGTH_BYTES;
    if (text.length > limit) return 0;
    const from = at + LENGTH_BYTES;
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(from, from + limit));
    if (read < text.length) return 0;
    this.#lengths[at >> 2] = written;
    return LENGTH_BYTES + padded(written);
  }

  #publish(bytes: number): true {
    this.#tail = (this.#tail + bytes) | 0;
    // The store makes the frame's bytes visible before its position.
    Atomics.store(this.#words, Word.tail, this.#tail);
    return true;
  }

  /** Consumer. The oldest text, left in place until `advance`. */
  peek(): string | undefined {
    const tail = Atomics.load(this.#words, Word.tail);
    let head = Atomics.load(this.#words, Word.head);
    if (head === tail) return undefined;
    let at = head & (this.capacity - 1);
    if (this.#lengths[at >> 2] === SKIP) {
      head = (head + this.capacity - at) | 0;
      Atomics.store(this.#words, Word.head, head);
      at = 0;
    }
    const from = at + LENGTH_BYTES;
    return this.#text.toString('utf8', from, from + this.#lengths[at >> 2]!);
  }

  /** Consumer. Gives the place of the text last peeked at back. */
  advance(): void {
    const head = Atomics.load(this.#words, Word.head);
    const length = this.#lengths[(head & (this.capacity - 1)) >> 2]!;
    Atomics.store(this.#words, Word.head, (head + LENGTH_BYTES + padded(length)) | 0);
    if (Atomics.load(this.#words, Word.waiting) !== 0 && this.used <= this.capacity * WAKE_AT)
      Atomics.notify(this.#words, Word.head);
  }

  /** Producer. Where the last frame offered so far ends. */
  get end(): number {
    return this.#tail;
  }

  /** Consumer. Whether everything that was offered before that {@link end} is taken. */
  isPast(end: number): boolean {
    return ((Atomics.load(this.#words, Word.head) - end) | 0) >= 0;
  }

  get used(): number {
    return (Atomics.load(this.#words, Word.tail) - Atomics.load(this.#words, Word.head)) | 0;
  }

  /** Producer, after an offer that found no room. Blocks this thread until a good part of the ring is free, or for so long. */
  waitForRoom(ms: number): void {
    Atomics.store(this.#words, Word.waiting, 1);
    // Returns at once where the head has moved since that offer.
    Atomics.wait(this.#words, Word.head, this.#seenHead, ms);
    Atomics.store(this.#words, Word.waiting, 0);
  }
}

/** A blocked producer is woken when so much is left in the ring: waking it for each record would cost more than the record. */
const WAKE_AT = 0.75;
