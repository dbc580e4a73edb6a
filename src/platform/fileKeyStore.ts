import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { closeSync, fdatasync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../errors/index.js';
import type { KeyStore, SubjectKey } from '../ledger/index.js';
import { decodeSlot, destroyedTail, encodeSlot, scanSlots, SLOT, tagOf, type Slot } from './keySlots.js';
import { syncFolder } from './keyFiles.js';

const sync = promisify(fdatasync);
const READ_CHUNK = SLOT * 10_000;

/**
 * Sealing keys in one append-only file. Any number of processes may append: each batch is one write and one fdatasync,
 * and of two slots for one subject the first in the file counts for everybody. A key is destroyed by overwriting it in
 * place. No key is held in memory: every use reads its slot again, since another process may have destroyed it.
 *
 * Overwriting reaches the file, not copies: back-ups, snapshots and flash wear-levelling are the operator's (SECURITY).
 */
export class FileKeyStore implements KeyStore {
  readonly #path: string;
  readonly #append: number;
  /** Without O_APPEND: pwrite(2) ignores its offset on a file opened with it. */
  readonly #inPlace: number;
  readonly #random: (size: number) => Uint8Array;
  /** Tag → offsets of its slots, in file order. */
  readonly #slots = new Map<string, number[]>();
  readonly #offsets = new Map<string, number>();
  #scanned = 0;
  /** Slots before this offset are known to be on disk. */
  #synced = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(path: string, random: (size: number) => Uint8Array) {
    this.#path = path;
    this.#random = random;
    this.#append = openSync(path, 'a', 0o600);
    this.#inPlace = openSync(path, 'r+');
    this.#refresh();
  }

  static async open(path: string, random: (size: number) => Uint8Array = nodeRandomBytes): Promise<FileKeyStore> {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const store = new FileKeyStore(path, random);
    await syncFolder(dirname(path));
    return store;
  }

  ensure(tenant: string, subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const turn = this.#turn.then(() => this.#ensure(tenant, subjects));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async get(keyId: string): Promise<Uint8Array | null> {
    const offset = this.#offsetOf(keyId);
    const slot = offset === undefined ? null : this.#read(offset);
    return Promise.resolve(slot?.keyId === keyId ? slot.key : null);
  }

  /** Durable before it returns. False when there is no such key, or no longer. */
  async destroy(keyId: string): Promise<boolean> {
    const offset = this.#offsetOf(keyId);
    if (offset === undefined || this.#read(offset)?.key === null) return false;
    const bytes = Buffer.alloc(SLOT);
    readSync(this.#inPlace, bytes, 0, SLOT, offset);
    const tail = destroyedTail(bytes);
    writeSync(this.#inPlace, tail.bytes, 0, tail.bytes.length, offset + tail.at);
    await sync(this.#inPlace);
    return true;
  }

  close(): void {
    closeSync(this.#append);
    closeSync(this.#inPlace);
  }

  async #ensure(tenant: string, subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    this.#refresh();
    const wanted = subjects.map((subject) => ({ subject, tag: tagOf(tenant, subject) }));
    const live = new Map(wanted.map(({ tag }) => [tag, this.#live(tag)]));
    const missing = [...live].flatMap(([tag, slot]) => (slot === null ? [tag] : []));
    if (missing.length > 0) this.#write(missing);
    await this.#settle();
    // Of two processes that made a key for one subject, the first in the file counts.
    for (const tag of missing) live.set(tag, this.#live(tag));
    const keys = new Map<string, SubjectKey>();
    for (const { subject, tag } of wanted) {
      const slot = live.get(tag);
      // Destroyed between our write and now: the caller's batch fails and is sent again.
      if (!slot) throw this.#failed('a key was destroyed while it was being made');
      keys.set(subject, { keyId: slot.keyId, key: slot.key });
    }
    return keys;
  }

  #write(tags: readonly string[]): void {
    const slots = tags.map((tag) => encodeSlot(tag, this.#random(16), this.#random(32)));
    const bytes = Buffer.concat(slots);
    const written = writeSync(this.#append, bytes);
    if (written !== bytes.length) throw this.#failed(`only ${written} of ${bytes.length} bytes were written`);
  }

  /** Whatever is used from here on is on disk, whoever wrote it. */
  async #settle(): Promise<void> {
    this.#refresh();
    const reached = this.#scanned;
    if (reached <= this.#synced) return;
    await sync(this.#append);
    this.#synced = reached;
  }

  /** Takes in what was appended since, by this process or another. */
  #refresh(): void {
    for (;;) {
      const length = Math.min(fstatSync(this.#inPlace).size - this.#scanned, READ_CHUNK);
      if (length < SLOT) return;
      const bytes = Buffer.allocUnsafe(length);
      const got = readSync(this.#inPlace, bytes, 0, length, this.#scanned);
      const { slots, done } = scanSlots(bytes.subarray(0, got), this.#scanned);
      for (const slot of slots) this.#index(slot);
      if (done === 0) return;
      this.#scanned += done;
    }
  }

  #index({ tag, keyId, offset }: Slot): void {
    const known = this.#slots.get(tag);
    if (known) known.push(offset);
    else this.#slots.set(tag, [offset]);
    this.#offsets.set(keyId, offset);
  }

  #live(tag: string): (Slot & { readonly key: Buffer }) | null {
    for (const offset of this.#slots.get(tag) ?? []) {
      const slot = this.#read(offset);
      if (slot && slot.tag === tag && slot.key !== null) return { ...slot, key: slot.key };
    }
    return null;
  }

  #read(offset: number): Slot | null {
    const bytes = Buffer.allocUnsafe(SLOT);
    const got = readSync(this.#inPlace, bytes, 0, SLOT, offset);
    return decodeSlot(bytes.subarray(0, got), offset);
  }

  #offsetOf(keyId: string): number | undefined {
    const known = this.#offsets.get(keyId);
    if (known !== undefined) return known;
    this.#refresh();
    return this.#offsets.get(keyId);
  }

  #failed(why: string): AppError {
    return new AppError('internal', `the key store ${this.#path}: ${why}`, {
      field: this.#path,
      fix: 'check the disk',
    });
  }
}
