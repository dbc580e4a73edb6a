/**
 * The durable spool: segment files of signed records, readable or sealed to the platform's key.
 *
 * FORMAT.md beside this file specifies the bytes for a second implementation. Published as `@tenet-ledger/ghost/spool`, so
 * that a server can open what a spool posts. Not here: signing records, and talking to anybody.
 */
export { crc32c } from './crc32c.js';
export { SpoolError } from './errors.js';
export { encodeFrame, MAGIC, MAX_FRAME_BYTES, type BadFrame } from './frame.js';
export { decodeHeader, encodeHeader, SEAL_ALG, type SegmentHeader, type SegmentSeal } from './header.js';
export { encodePosted, openSealedFrames, SPOOL_CONTENT_TYPE, type PostedRecord, type PostedSegment } from './posted.js';
export { readSegment, type Segment, type SegmentFrame } from './readSegment.js';
export {
  headerDigestOf,
  rawPublicKey,
  readSealPrivateKey,
  sealKidOf,
  sealPublicKey,
  segmentOpener,
  segmentSealer,
  type OpenFrame,
  type SealTo,
  type SegmentSealer,
} from './seal.js';
export { adoptAbandoned, type Adopted, type AdoptOptions } from './adopt.js';
export { type Folder, type Quarantined } from './folder.js';
export { spoolPlaces } from './location.js';
export { type Batch, type SegmentQueue } from './queue.js';
export { Spool, type SpoolSetup } from './spool.js';
