import { errorText } from '../errorText.js';
import type { GhostProblem } from '../config.js';
import type { Backing } from './backing.js';
import { crc32c } from './crc32c.js';
import { decodeFrame, FRAME_HEAD_BYTES, MAGIC, readU32, startsWithMagic, type BadFrame } from './frame.js';
import type { Position } from './folder.js';
import type { SegmentHeader } from './header.js';
import { readSegmentHead, type SegmentFrame, type SegmentHead } from './readSegment.js';

/** Records of one segment, in order. */
export interface Batch {
  readonly segment: number;
  readonly header: SegmentHeader;
  readonly headerBytes: Uint8Array;
  readonly frames: readonly SegmentFrame[];
}

/** A segment with how far it is read and answered for. */
export interface Stored {
  readonly number: number;
  backing: Backing;
  /** undefined: not looked at yet. */
  head: SegmentHead | undefined;
  /** Nothing is appended any more. */
  closed: boolean;
  /** Frames appended by this process; a segment of another has none. */
  appended: number;
  /** What the producer had appended before. */
  readonly before: number;
  readAt: number;
  nextIndex: number;
  ackedTo: number;
  ackedIndex: number;
  /** Offset that a former owner said it was answered for up to; only the end of a frame is believed. */
  hint: number;
}

export const stored = (number: number, backing: Backing, more: Partial<Stored> = {}): Stored => ({
  number,
  backing,
  head: undefined,
  closed: true,
  appended: 0,
  before: 0,
  readAt: 0,
  nextIndex: 1,
  ackedTo: 0,
  ackedIndex: 0,
  hint: 0,
  ...more,
});

export interface QueueOptions {
  readonly problem: (problem: GhostProblem) => void;
  /** Keeps what damage cut off. */
  readonly keepTorn: (number: number, bytes: Uint8Array) => void;
  /** Records that were appended here and can't be read back. */
  readonly lost: (count: number) => void;
}

const HEAD_WINDOW = 8_192;
const SMALLEST_WINDOW = 65_536;

/**
 * The segments of one producer in order, read back in batches while they are written. Owns reading and freeing; a segment that is closed and
 * answered for is removed.
 */
export class SegmentQueue {
  readonly #options: QueueOptions;
  #segments: Stored[] = [];
  /** Bytes of a record as last seen: how much to read for a batch. */
  #typical = 4_096;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  push(segment: Stored): void {
    this.#segments.push(segment);
  }

  get segments(): readonly Stored[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { backing }) => sum + backing.size, 0);
  }

  /** What has not been handed out yet, up to the limits, at least one record. */
  next(maxRecords: number, maxBytes: number): Batch | null {
    for (const segment of [...this.#segments]) {
      while (segment.readAt < segment.backing.size) {
        const frames = this.#read(segment, maxRecords, maxBytes);
        if (frames === null) break;
        if (frames.length > 0) {
          const { header, headerBytes } = segment.head!;
          return { segment: segment.number, header, headerBytes, frames };
        }
      }
      this.#freeIfDone(segment);
    }
    return null;
  }

  /** Everything up to and with this frame is answered for. Says how many records that is more than before. */
  settle(number: number, frame: SegmentFrame): number {
    const segment = this.#segments.find((one) => one.number === number);
    if (segment === undefined || frame.index <= segment.ackedIndex) return 0;
    const more = frame.index - segment.ackedIndex;
    segment.ackedIndex = frame.index;
    segment.ackedTo = frame.offset + FRAME_HEAD_BYTES + frame.bytes.length;
    this.#freeIfDone(segment);
    return more;
  }

  /** For `acked`: the first segment that is not answered for as a whole. null: there is none. */
  get position(): Position | null {
    const first = this.#segments[0];
    return first === undefined ? null : { segment: first.number, offset: first.ackedTo };
  }

  /** Takes a segment out without removing its file. Says how many of its records had no answer. */
  take(number: number): number {
    const segment = this.#segments.find((one) => one.number === number);
    if (segment === undefined) return 0;
    segment.closed = true;
    segment.backing.close();
    this.#segments = this.#segments.filter((one) => one !== segment);
    return Math.max(0, segment.appended - segment.ackedIndex);
  }

  close(segment: Stored): void {
    segment.closed = true;
    this.#freeIfDone(segment);
  }

  isDone(segment: Stored): boolean {
    const start = segment.head?.end ?? 0;
    return segment.backing.size <= Math.max(segment.ackedTo, segment.closed ? start : 0);
  }

  #freeIfDone(segment: Stored): void {
    if (!segment.closed || !this.isDone(segment)) return;
    this.#segments = this.#segments.filter((one) => one !== segment);
    this.#attempt(segment, () => segment.backing.remove());
  }

  /** null: this segment gives nothing more. Empty: it was damaged here and is shorter now. */
  #read(segment: Stored, maxRecords: number, maxBytes: number): SegmentFrame[] | null {
    try {
      if (segment.head === undefined && !this.#readHead(segment)) return null;
      return this.#readFrames(segment, maxRecords, maxBytes);
    } catch (error) {
      // The file stays: the disk may tell more to somebody else.
      const message = `segment ${segment.number} can't be read: ${errorText(error)}`;
      this.#options.problem({ code: 'spool.read', message });
      this.#options.lost(this.take(segment.number));
      return null;
    }
  }

  #readHead(segment: Stored): boolean {
    const window = readWindow(segment.backing, 0, Math.min(HEAD_WINDOW, segment.backing.size));
    try {
      segment.head = readSegmentHead(window);
    } catch {
      this.#cut(segment, 0, damageOfHead(window));
      return false;
    }
    const { offset, index } = placeOf(segment, segment.head.end);
    Object.assign(segment, { readAt: offset, nextIndex: index + 1, ackedTo: offset, ackedIndex: index });
    return true;
  }

  #readFrames(segment: Stored, maxRecords: number, maxBytes: number): SegmentFrame[] {
    const { backing, readAt } = segment;
    const available = backing.size - readAt;
    if (available <= 0) return [];
    const wanted = Math.max(SMALLEST_WINDOW, maxRecords * this.#typical * 1.25);
    let window = readWindow(backing, readAt, Math.min(available, maxBytes + FRAME_HEAD_BYTES, Math.ceil(wanted)));
    let first = decodeFrame(window, 0);
    if (first === 'short' && window.length < available && window.length >= FRAME_HEAD_BYTES) {
      window = readWindow(backing, readAt, Math.min(available, FRAME_HEAD_BYTES + readU32(window, 0)));
      first = decodeFrame(window, 0);
    }
    if (typeof first === 'string') {
      this.#cut(segment, readAt, first);
      return [];
    }
    const frames: SegmentFrame[] = [];
    let at = 0;
    for (let bytes: Uint8Array | BadFrame = first; typeof bytes !== 'string'; bytes = decodeFrame(window, at)) {
      frames.push({ index: segment.nextIndex, offset: readAt + at, bytes });
      segment.nextIndex += 1;
      at += FRAME_HEAD_BYTES + bytes.length;
      if (frames.length === maxRecords) break;
    }
    segment.readAt += at;
    this.#typical = at / frames.length;
    return frames;
  }

  /** FORMAT.md §7. What is before `offset` stays. */
  #cut(segment: Stored, offset: number, why: BadFrame): void {
    const { backing, number } = segment;
    const isLast = this.#segments.at(-1) === segment;
    segment.closed = true;
    const bytes = backing.size - offset;
    if (why !== 'short' || !isLast || isMoreThanTorn(readWindow(backing, offset, bytes))) {
      this.#options.problem({
        code: 'spool.damaged',
        message: `segment ${number} is damaged (${why}) at byte ${offset}: the ${bytes} bytes from there are moved aside`,
      });
      this.#attempt(segment, () => this.#options.keepTorn(number, readWindow(backing, offset, backing.size - offset)));
    }
    const lost = Math.max(0, segment.appended - (segment.nextIndex - 1));
    segment.appended -= lost;
    if (lost > 0) this.#options.lost(lost);
    this.#attempt(segment, () => backing.truncate(offset));
    if (backing.size > offset) this.take(number);
  }

  #attempt(segment: Stored, act: () => void): void {
    try {
      act();
    } catch (error) {
      const message = `segment ${segment.number}: ${errorText(error)}`;
      this.#options.problem({ code: 'spool.write', message });
    }
  }
}

function readWindow(backing: Backing, at: number, length: number): Buffer {
  const window = Buffer.allocUnsafe(length);
  return window.subarray(0, backing.read(window, at));
}

/**
 * A tail that ends within its frame was never written whole, unless there is a whole frame in it: then its length was damaged. It is shorter than
 * one frame may be.
 */
function isMoreThanTorn(tail: Uint8Array): boolean {
  if (tail.length > FRAME_HEAD_BYTES && crc32c(tail, FRAME_HEAD_BYTES) === readU32(tail, 4)) return true;
  for (let at = 1; at + FRAME_HEAD_BYTES < tail.length; at += 1)
    if (typeof decodeFrame(tail, at) !== 'string') return true;
  return false;
}

function damageOfHead(window: Uint8Array): BadFrame {
  if (window.length < MAGIC.length) return 'short';
  const frame = decodeFrame(window, MAGIC.length);
  return startsWithMagic(window) && frame === 'short' ? 'short' : 'crc';
}

/** Where to go on: after the frame that ends at the hint, else at the start. */
function placeOf({ backing, hint }: Stored, start: number): { readonly offset: number; readonly index: number } {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  let offset = start;
  let index = 0;
  while (offset < hint && backing.read(head, offset) === FRAME_HEAD_BYTES) {
    offset += FRAME_HEAD_BYTES + readU32(head, 0);
    index += 1;
  }
  return offset === hint && offset <= backing.size ? { offset, index } : { offset: start, index: 0 };
}
