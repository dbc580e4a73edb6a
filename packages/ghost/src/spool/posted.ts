import type { KeyObject } from 'node:crypto';
import { SpoolError } from './errors.js';
import { decodeFrame, encodeFrame, FRAME_HEAD_BYTES, MAGIC, readU32 } from './frame.js';
import type { SegmentHeader } from './header.js';
import { readSegmentHead } from './readSegment.js';
import { segmentOpener } from './seal.js';

// FORMAT.md §5: magic ‖ frame 0 ‖ (u32le index ‖ frame)*

export const SPOOL_CONTENT_TYPE = 'application/vnd.tenet.spool';
const INDEX_BYTES = 4;

/** A record of a posted body: its line, or why there is none. The other records of the body stand. */
export type PostedRecord =
  { readonly index: number; readonly line: Buffer } | { readonly index: number; readonly problem: SpoolError };

export interface PostedSegment {
  readonly header: SegmentHeader;
  /** In the order of the body, opened one by one as they are asked for. Throws `spool.body` where the body itself breaks off. */
  readonly records: Iterable<PostedRecord>;
}

/**
 * Opens a posted body. `keyOf` gives the platform's private key by its name, or undefined: that throws `spool.seal_key_unknown`. A body
 * whose header has no seal is read as it is.
 */
export function openSealedFrames(body: Uint8Array, keyOf: (kid: string) => KeyObject | undefined): PostedSegment {
  const { header, headerBytes, end } = readSegmentHead(body);
  if (header.seal === null) return { header, records: records(body, end, (_, bytes) => Buffer.from(bytes)) };
  const key = keyOf(header.seal.kid);
  if (key === undefined)
    throw new SpoolError('spool.seal_key_unknown', `there is no seal key ${JSON.stringify(header.seal.kid)} here`);
  return { header, records: records(body, end, segmentOpener(key, header.seal, headerBytes)) };
}

function* records(
  body: Uint8Array,
  start: number,
  open: (index: number, bytes: Uint8Array) => Buffer,
): Generator<PostedRecord, void> {
  let at = start;
  while (at < body.length) {
    if (at + INDEX_BYTES + FRAME_HEAD_BYTES > body.length)
      throw new SpoolError('spool.body', `the body breaks off within a frame at byte ${at}`);
    const index = readU32(body, at);
    const frame = decodeFrame(body, at + INDEX_BYTES);
    if (frame === 'short' || frame === 'length')
      throw new SpoolError('spool.body', `the body breaks off within a frame at byte ${at}`);
    at += INDEX_BYTES + FRAME_HEAD_BYTES + (frame === 'crc' ? readU32(body, at + INDEX_BYTES) : frame.length);
    if (frame === 'crc') yield { index, problem: new SpoolError('spool.frame', `frame ${index} is damaged`) };
    else yield openOne(index, frame, open);
  }
}

function openOne(index: number, frame: Uint8Array, open: (index: number, bytes: Uint8Array) => Buffer): PostedRecord {
  try {
    return { index, line: open(index, frame) };
  } catch (error) {
    if (error instanceof SpoolError) return { index, problem: error };
    throw error;
  }
}

/** The body that posts these frames. `headerBytes` and `bytes` are contents, without length and checksum. */
export function encodePosted(
  headerBytes: Uint8Array,
  frames: readonly { readonly index: number; readonly bytes: Uint8Array }[],
): Buffer {
  const parts: Uint8Array[] = [MAGIC, encodeFrame(headerBytes)];
  for (const { index, bytes } of frames) {
    const prefix = Buffer.allocUnsafe(INDEX_BYTES);
    prefix.writeUInt32LE(index, 0);
    parts.push(prefix, encodeFrame(bytes));
  }
  return Buffer.concat(parts);
}
