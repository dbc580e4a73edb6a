import { TextDecoder } from 'node:util';
import type { ImportProblem, RawItem, ReadFrom } from '../types.js';
import { parseText } from './jsonLines.js';
import { START } from './lines.js';

/** One element of an array. A longer one is skipped without being held. */
export const MAX_ELEMENT_BYTES = 32 * 1024 * 1024;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const BOM = [0xef, 0xbb, 0xbf];
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * The elements of one JSON array, one after the other: the file's own, or the array that is a member of its object under one of the
 * names `within`. An object without such a member is itself the one element. `from.n` elements are passed over. Holds one element.
 */
export async function* readJsonArray(
  source: AsyncIterable<Uint8Array>,
  within: readonly string[] = [],
  from: ReadFrom = START,
  maxBytes: number = MAX_ELEMENT_BYTES,
): AsyncGenerator<RawItem, void> {
  const scanner = new Scanner(within, maxBytes);
  for await (const chunk of source) for (const item of scanner.feed(chunk)) if (item.place.n > from.n) yield item;
  for (const item of scanner.end()) if (item.place.n > from.n) yield item;
}

/** `look`: before the first value; `list`: between elements; `value`: inside one; `done`: behind the last bracket. */
type Mode = 'look' | 'list' | 'value' | 'done' | 'ignored';

class Scanner {
  #mode: Mode = 'look';
  readonly #element: Element;
  /** The file is one object, and its members are looked through for an array. */
  #object = false;
  /** The array was found in such an object, whose other members are not looked at. */
  #wrapped = false;
  #n = 0;
  #offset = 0;
  readonly #bytes: HeldBytes;

  constructor(within: readonly string[], maxBytes: number) {
    this.#element = new Element(new Set(within));
    this.#bytes = new HeldBytes(maxBytes);
  }

  *feed(chunk: Uint8Array): Generator<RawItem, void> {
    let start = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] ?? 0;
      this.#offset += 1;
      if (this.#mode !== 'value') {
        if (this.#between(byte)) start = i;
        else {
          if (this.#mode === 'done' && !isSpace(byte) && byte !== CLOSE_LIST) yield* this.#behind();
          continue;
        }
      }
      const ended = this.#element.step(byte);
      if (ended === null) continue;
      if (ended === 'entered') {
        this.#object = false;
        this.#wrapped = true;
        this.#bytes.clear();
        this.#mode = 'list';
        continue;
      }
      this.#mode = this.#object ? 'done' : 'list';
      yield this.#take(chunk.subarray(start, ended === 'with' ? i + 1 : i));
      if (ended === 'before') this.#between(byte);
    }
    if (this.#mode === 'value') this.#bytes.hold(chunk.subarray(start));
  }

  *end(): Generator<RawItem, void> {
    if (this.#mode === 'done' || this.#mode === 'ignored') return;
    const inside = this.#mode === 'value';
    const message =
      this.#mode === 'look'
        ? 'the file is empty'
        : inside
          ? 'the file ends inside this item (cut off?)'
          : 'the file ends before its last bracket (cut off?); what came before is taken';
    yield this.#problem(this.#n + 1, message);
  }

  *#behind(): Generator<RawItem, void> {
    this.#mode = 'ignored';
    yield this.#problem(this.#n + 1, 'there is more text behind the end of the JSON value; it is not read');
  }

  #problem(n: number, message: string): RawItem {
    return { place: { unit: 'item', n }, end: this.#offset, problem: { field: '', message } };
  }

  /** Whether a value begins with this byte, outside of any. */
  #between(byte: number): boolean {
    if (isSpace(byte) || this.#mode === 'done' || this.#mode === 'ignored') return false;
    if (this.#mode === 'look') {
      if (BOM.includes(byte)) return false;
      if (byte === OPEN_LIST) {
        this.#mode = 'list';
        return false;
      }
      this.#object = true;
    } else if (byte === COMMA) return false;
    else if (byte === CLOSE_LIST) {
      this.#mode = this.#wrapped ? 'ignored' : 'done';
      return false;
    }
    this.#mode = 'value';
    this.#element.begin(this.#object);
    return true;
  }

  #take(last: Uint8Array): RawItem {
    this.#bytes.hold(last);
    this.#n += 1;
    const place = { unit: 'item', n: this.#n } as const;
    return { place, end: this.#offset, ...this.#bytes.read() };
  }
}

/** Where one value ends: `with` this byte, or `before` it; `entered`: this byte opens the array that was looked for. */
type Ended = 'with' | 'before' | 'entered';

class Element {
  #depth = 0;
  #inText = false;
  #escaped = false;
  #bare = false;
  #first = false;
  /** Members of this object may be the array that is looked for. */
  #search = false;
  #name = '';
  #named = false;
  readonly #within: ReadonlySet<string>;

  constructor(within: ReadonlySet<string>) {
    this.#within = within;
  }

  begin(search: boolean): void {
    this.#depth = 0;
    this.#inText = this.#escaped = this.#bare = this.#named = false;
    this.#search = search;
    this.#first = true;
  }

  step(byte: number): Ended | null {
    const first = this.#first;
    this.#first = false;
    if (this.#inText) return this.#text(byte);
    if (this.#bare) return byte === COMMA || byte === CLOSE_LIST || isSpace(byte) ? 'before' : null;
    if (byte === QUOTE) {
      this.#inText = true;
      if (this.#depth === 1) this.#name = '';
      return null;
    }
    if (byte === COLON) this.#named = this.#depth === 1;
    else if (byte === COMMA) this.#named = false;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      if (byte === OPEN_LIST && this.#search && this.#named && this.#depth === 1 && this.#within.has(this.#name))
        return 'entered';
      this.#depth += 1;
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      this.#depth -= 1;
      return this.#depth <= 0 ? 'with' : null;
    } else if (first) this.#bare = true;
    return null;
  }

  #text(byte: number): Ended | null {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inText = false;
      return this.#depth === 0 ? 'with' : null;
    }
    if (this.#search && this.#depth === 1 && this.#name.length < 64) this.#name += String.fromCharCode(byte);
    return null;
  }
}

/** Bytes of one element, or only their number where it is too long. */
class HeldBytes {
  #held: Buffer[] | null = [];
  #size = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  hold(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#limit) this.#held = null;
    this.#held?.push(Buffer.from(bytes));
  }

  clear(): void {
    this.#held = [];
    this.#size = 0;
  }

  read(): ReturnType<typeof parseText> | { readonly problem: Omit<ImportProblem, 'place'> } {
    const [held, size] = [this.#held, this.#size];
    this.clear();
    if (held === null) {
      const expected = `at most ${this.#limit} bytes`;
      return { problem: { field: '', message: 'the item is too long', expected, got: `${size} bytes` } };
    }
    try {
      return parseText(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(held)));
    } catch {
      return { problem: { field: '', message: 'the item is not UTF-8' } };
    }
  }
}
