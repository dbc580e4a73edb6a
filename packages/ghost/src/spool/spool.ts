import type { GhostProblem } from '../config.js';
import type { SpoolOptions } from '../delivery/pipelinePort.js';
import { errorText } from '../errorText.js';
import { MemoryBacking, type Backing } from './backing.js';
import type { Folder } from './folder.js';
import { encodeFrame, FRAME_HEAD_BYTES, MAGIC } from './frame.js';
import { encodeHeader, type SegmentHeader } from './header.js';
import { Home } from './home.js';
import { SegmentQueue, stored, type Stored } from './queue.js';
import { readSegmentHead } from './readSegment.js';
import { headerDigestOf, segmentSealer, TAG_BYTES, type SealTo, type SegmentSealer } from './seal.js';
import { Syncer } from './syncer.js';

export interface SpoolSetup {
  readonly options: SpoolOptions;
  readonly producer: string;
  /** Record key and log, for the header. */
  readonly kid: string;
  readonly log: string;
  readonly problem: (problem: GhostProblem) => void;
  readonly now: () => number;
  /** Bytes of other folders that count against the limit too. */
  readonly others: () => number;
  /** Records that were spooled and can't be read back. */
  readonly lost: (count: number) => void;
}

/** What is held while no disk takes it. */
const MEMORY_BYTES = 33_554_432;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/**
 * One producer's spool: takes lines in order and gives them back in batches. Owns its folder, which is made at the first record. A disk that takes
 * nothing costs durability, never the caller: records stay in memory in the same form and move to the disk when it is back.
 */
export class Spool {
  readonly queue: SegmentQueue;
  readonly #setup: SpoolSetup;
  readonly #segmentBytes: number;
  readonly #syncer: Syncer;
  readonly #home: Home;
  #current: Stored | undefined;
  #writing: { readonly sealer: SegmentSealer | undefined; readonly headerDigest: Uint8Array } | undefined;
  #sealTo: SealTo | undefined;
  #number = 0;
  #appended = 0;
  #synced = 0;
  #largest = 16_384;
  #retry: { at: number; delayMs: number } | undefined;

  constructor(setup: SpoolSetup, sealTo: SealTo | undefined) {
    const { options, problem } = setup;
    this.#setup = setup;
    this.#sealTo = sealTo;
    // Only closed segments are freed: the one that is written must not fill the spool alone.
    this.#segmentBytes = Math.min(options.segmentBytes, Math.floor(options.maxBytes / 4));
    this.#home = new Home(setup.producer, options.dir, options.fsync !== 'never');
    this.#syncer = new Syncer({
      policy: options.fsync,
      everyMs: options.fsyncMs,
      failed: (error) => problem({ code: 'spool.sync', message: `the disk did not confirm: ${errorText(error)}` }),
      synced: (records) => (this.#synced = Math.max(this.#synced, Math.min(records, this.#onDisk))),
    });
    this.queue = new SegmentQueue({
      problem,
      lost: setup.lost,
      keepTorn: (number, bytes) => this.folder?.keepTorn(number, bytes),
    });
  }

  /** Records taken so far. */
  get appended(): number {
    return this.#appended;
  }

  /** Of these the first so many are synced to the disk. */
  get synced(): number {
    return this.#synced;
  }

  get folder(): Folder | undefined {
    return this.#home.folder;
  }

  get dir(): string {
    return this.#home.dir;
  }

  get isOnEphemeralDisk(): boolean {
    return this.#home.ephemeral;
  }

  get ephemeral(): boolean {
    return this.#home.ephemeral || this.#memoryBytes > 0 || this.#retry !== undefined;
  }

  /** No disk takes records now; memory does. */
  get failing(): boolean {
    return this.#retry !== undefined;
  }

  /** While a record as large as any before might find no room. */
  full(): boolean {
    return !this.#fits(Math.min(this.#largest, this.#setup.options.maxBytes / 4));
  }

  /** From the next segment on. */
  sealTo(key: SealTo): void {
    this.#sealTo = key;
    this.#retire();
  }

  /** Whether the line is in the spool now. `reserve`: bytes it may take beyond the limit. */
  append(line: string, reserve = 0): boolean {
    const bytes = line.length + FRAME_HEAD_BYTES + TAG_BYTES;
    if (reserve === 0) this.#largest = Math.max(this.#largest, bytes);
    if (!this.#fits(bytes, reserve)) return false;
    // A disk that fails hands over to memory: the second try is the last that differs.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const segment = this.#writable(bytes);
      if (segment === null) return false;
      if (this.#appendTo(segment, line)) return true;
    }
    return false;
  }

  /** Waits for the disk. */
  sync(): void {
    this.#syncer.now();
  }

  /** A disk that failed is asked again. */
  retryDisk(): void {
    if (this.#retry === undefined) return;
    const { at, delayMs } = this.#retry;
    const now = this.#setup.now();
    // A clock that was set back must not put it off.
    if (now >= at || now < at - delayMs) this.#spill();
  }

  /** A mark that can't be written costs sending again what is answered for already. */
  saveAcked(): void {
    this.folder?.writeAcked(this.queue.position);
  }

  /** Throws nothing. Says how many records die with the process because no disk took them. */
  close(): number {
    if (this.#memoryBytes > 0) this.#spill();
    this.#syncer.now();
    this.#syncer.stop();
    this.#retire();
    const inMemory = this.queue.segments.filter(({ backing }) => backing.ephemeral);
    for (const { backing } of this.queue.segments) backing.close();
    try {
      this.folder?.release(this.queue.position);
    } catch (error) {
      this.#setup.problem({ code: 'spool.write', message: `the spool's folder: ${errorText(error)}` });
    }
    return inMemory.reduce((sum, segment) => sum + segment.appended - segment.ackedIndex, 0);
  }

  #fits(bytes: number, reserve = 0): boolean {
    const limit = this.#setup.options.maxBytes + reserve;
    if (this.queue.bytes + this.#setup.others() + bytes <= limit) return true;
    // All of it may be answered for already, and only the segment being written is not free yet.
    if (this.#current === undefined || !this.queue.isDone(this.#current)) return false;
    this.#retire();
    return this.queue.bytes + this.#setup.others() + bytes <= limit;
  }

  #appendTo(segment: Stored, line: string): boolean {
    const { sealer, headerDigest } = this.#writing!;
    const bytes = Buffer.from(line, 'latin1');
    try {
      segment.backing.append(
        encodeFrame(sealer === undefined ? bytes : sealer.sealFrame(segment.appended + 1, headerDigest, bytes)),
      );
    } catch (error) {
      // No index of a segment is sealed twice: it ends here.
      this.#retire();
      this.#diskFailed(error);
      return false;
    }
    segment.appended += 1;
    this.#appended += 1;
    this.#syncer.wrote(segment, this.#appended);
    return true;
  }

  /** The segment to append to. null: memory is full too. */
  #writable(bytes: number): Stored | null {
    this.retryDisk();
    const current = this.#current;
    const isFull = current !== undefined && current.appended > 0 && current.backing.size + bytes > this.#segmentBytes;
    if (current?.closed || isFull) this.#retire();
    if (this.#retry !== undefined && this.#memoryBytes + bytes > MEMORY_BYTES) return null;
    return this.#current ?? this.#open();
  }

  #open(): Stored {
    this.#number += 1;
    const { producer, kid, log, now } = this.#setup;
    const sealer = this.#sealTo === undefined ? undefined : segmentSealer(this.#sealTo);
    const header: SegmentHeader = {
      created: new Date(now()).toISOString(),
      format: 1,
      kid,
      log,
      producer,
      seal: sealer?.seal ?? null,
      segment: this.#number,
    };
    const headerBytes = encodeHeader(header);
    const start = Buffer.concat([MAGIC, encodeFrame(headerBytes)]);
    const backing = this.#makeBacking(start);
    const head = readSegmentHead(start);
    const segment = stored(this.#number, backing, {
      head,
      closed: false,
      before: this.#appended,
      readAt: head.end,
      ackedTo: head.end,
    });
    this.#writing = { sealer, headerDigest: headerDigestOf(headerBytes) };
    this.#current = segment;
    this.queue.push(segment);
    return segment;
  }

  #makeBacking(start: Uint8Array): Backing {
    if (this.#retry === undefined) {
      try {
        return this.#home.createSegment(this.#number, start);
      } catch (error) {
        this.#diskFailed(error);
      }
    }
    const backing = new MemoryBacking();
    backing.append(start);
    return backing;
  }

  #retire(): void {
    const current = this.#current;
    this.#current = undefined;
    this.#writing = undefined;
    if (current === undefined) return;
    this.queue.close(current);
    // Reading opens it again: a spool that is far behind holds no file per segment.
    current.backing.close();
  }

  #diskFailed(error: unknown): void {
    const delayMs = Math.min(LONGEST_RETRY_MS, (this.#retry?.delayMs ?? FIRST_RETRY_MS / 2) * 2);
    if (this.#retry === undefined) {
      const message = `${this.dir} takes no records, they are held in memory: ${errorText(error)}`;
      this.#setup.problem({ code: 'spool.disk', message });
    }
    this.#retry = { at: this.#setup.now() + delayMs, delayMs };
  }

  /** What memory holds goes to the disk, oldest first, as the files it would have been. */
  #spill(): void {
    try {
      for (const segment of this.queue.segments) {
        if (!(segment.backing instanceof MemoryBacking)) continue;
        segment.backing = this.#home.createSegment(segment.number, segment.backing.content);
        this.#syncer.wrote(segment, this.#appended);
      }
      this.#retry = undefined;
    } catch (error) {
      this.#diskFailed(error);
    }
  }

  get #memoryBytes(): number {
    return this.queue.segments.reduce((sum, { backing }) => sum + (backing.ephemeral ? backing.size : 0), 0);
  }

  /** Records before the first that memory holds. */
  get #onDisk(): number {
    return this.queue.segments.find(({ backing }) => backing.ephemeral)?.before ?? this.#appended;
  }
}
