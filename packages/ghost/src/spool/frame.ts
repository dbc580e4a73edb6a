import { crc32c } from './crc32c.js';

// FORMAT.md §2. frame = u32le length ‖ u32le crc32c(bytes) ‖ bytes

/** "TNTSPL1\n" */
export const MAGIC: Uint8Array = Buffer.from('TNTSPL1\n', 'latin1');
export const FRAME_HEAD_BYTES = 8;
export const MAX_FRAME_BYTES = 2_097_152;

export function encodeFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + bytes.length);
  frame.writeUInt32LE(bytes.length, 0);
  frame.set(bytes, FRAME_HEAD_BYTES);
  frame.writeUInt32LE(crc32c(frame, FRAME_HEAD_BYTES), 4);
  return frame;
}

/** Why no frame can be read at an offset. `short`: the bytes end within it. */
export type BadFrame = 'short' | 'length' | 'crc';

/**
 * The content of the frame at `offset`, as a view. A length of 0 is bad: a file system that lost a tail leaves zeros, and the
 * checksum of nothing is zero too.
 */
export function decodeFrame(bytes: Uint8Array, offset: number): Uint8Array | BadFrame {
  const start = offset + FRAME_HEAD_BYTES;
  if (start > bytes.length) return 'short';
  const length = readU32(bytes, offset);
  if (length === 0 || length > MAX_FRAME_BYTES) return 'length';
  const end = start + length;
  if (end > bytes.length) return 'short';
  return crc32c(bytes, start, end) === readU32(bytes, offset + 4) ? bytes.subarray(start, end) : 'crc';
}

export const readU32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

export function startsWithMagic(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);
}
