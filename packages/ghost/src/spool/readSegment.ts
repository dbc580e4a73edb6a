import { SpoolError } from './errors.js';
import { decodeFrame, FRAME_HEAD_BYTES, MAGIC, startsWithMagic, type BadFrame } from './frame.js';
import { decodeHeader, type SegmentHeader } from './header.js';

export interface SegmentFrame {
  /** From 1: frame 0 is the header. */
  readonly index: number;
  /** Of the frame in the file. */
  readonly offset: number;
  /** A view: the submission's JSON line, or what it was sealed to. */
  readonly bytes: Uint8Array;
}

export interface Segment {
  readonly header: SegmentHeader;
  /** Content of frame 0: what sealed frames are bound to. */
  readonly headerBytes: Uint8Array;
  readonly frames: readonly SegmentFrame[];
  /** End of the last whole frame. */
  readonly end: number;
  /** What ends the reading before the end of the bytes; null when nothing does. */
  readonly damage: BadFrame | null;
}

/** A segment file as far as it is whole. Throws where it has no readable header. */
export function readSegment(bytes: Uint8Array): Segment {
  const { header, headerBytes, end: start } = readSegmentHead(bytes);
  const frames: SegmentFrame[] = [];
  let end = start;
  while (end < bytes.length) {
    const frame = decodeFrame(bytes, end);
    if (typeof frame === 'string') return { header, headerBytes, frames, end, damage: frame };
    frames.push({ index: frames.length + 1, offset: end, bytes: frame });
    end += FRAME_HEAD_BYTES + frame.length;
  }
  return { header, headerBytes, frames, end, damage: null };
}

export interface SegmentHead {
  readonly header: SegmentHeader;
  readonly headerBytes: Uint8Array;
  readonly end: number;
}

/** Magic and frame 0. */
export function readSegmentHead(bytes: Uint8Array): SegmentHead {
  if (!startsWithMagic(bytes)) throw new SpoolError('spool.magic', 'this is not a spool segment');
  const headerBytes = decodeFrame(bytes, MAGIC.length);
  if (typeof headerBytes === 'string')
    throw new SpoolError('spool.frame', `the header's frame is damaged (${headerBytes})`);
  return { header: decodeHeader(headerBytes), headerBytes, end: MAGIC.length + FRAME_HEAD_BYTES + headerBytes.length };
}
