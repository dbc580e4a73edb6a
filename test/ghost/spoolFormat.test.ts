import { randomBytes } from 'node:crypto';
import {
  crc32c,
  decodeHeader,
  encodeFrame,
  encodeHeader,
  MAGIC,
  readSegment,
  type SegmentHeader,
} from '@tenet-ledger/ghost/spool';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** RFC 3720 appendix B.4, and the check value of the CRC catalogue. */
it.each([
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes that rise', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['32 bytes that fall', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ['the nine digits', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
])('CRC-32C of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

it('CRC-32C by eight bytes equals CRC-32C by bits', () => {
  const byBits = (bytes: Uint8Array): number => {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return (crc ^ -1) >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(8), (bytes, start) => {
      const from = Math.min(start, bytes.length);
      expect(crc32c(bytes, from)).toBe(byBits(bytes.subarray(from)));
    }),
  );
});

const HEADER: SegmentHeader = {
  created: '2026-11-20T09:14:02.000Z',
  format: 1,
  kid: 'k_x',
  log: 'ledger.test/acme',
  producer: 'prd_x',
  seal: null,
  segment: 1,
};
const segmentOf = (records: readonly Uint8Array[]): Buffer =>
  Buffer.concat([MAGIC, encodeFrame(encodeHeader(HEADER)), ...records.map((record) => encodeFrame(record))]);

describe('a segment', () => {
  const records = Array.from({ length: 6 }, (_, i) => randomBytes(20 + i * 7));
  const whole = segmentOf(records);
  const texts = (frames: readonly { bytes: Uint8Array }[]): string[] =>
    frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  const expected = texts(records.map((bytes) => ({ bytes })));

  it('gives back what went in', () => {
    const { header, frames, damage } = readSegment(whole);
    expect({ header, damage, records: texts(frames) }).toEqual({ header: HEADER, damage: null, records: expected });
  });

  it('cut anywhere gives every record that is whole, and no other', () => {
    const { frames } = readSegment(whole);
    const start = frames[0]!.offset;
    for (let length = start; length < whole.length; length += 1) {
      const cut = readSegment(whole.subarray(0, length));
      const end = frames.filter((frame) => frame.offset + 8 + frame.bytes.length <= length).length;
      expect(texts(cut.frames)).toEqual(expected.slice(0, end));
      expect(cut.damage).toBe(cut.end === length ? null : 'short');
    }
  });

  it('with any byte flipped in any way gives the records before it, and never a wrong one', () => {
    const { frames } = readSegment(whole);
    const start = frames[0]!.offset;
    for (let at = 0; at < whole.length; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= flip;
        if (at < start) {
          expect(() => readSegment(damaged)).toThrow(/segment|header|canonical/);
          continue;
        }
        const before = frames.filter((frame) => frame.offset + 8 + frame.bytes.length <= at).length;
        const read = readSegment(damaged);
        expect(texts(read.frames)).toEqual(expected.slice(0, before));
        expect(read.damage).not.toBeNull();
      }
    }
  });

  it('ends where a file system left zeros', () => {
    const { frames, damage } = readSegment(Buffer.concat([whole, Buffer.alloc(64)]));
    expect({ damage, records: texts(frames) }).toEqual({ damage: 'length', records: expected });
  });
});

describe('a header', () => {
  it.each([
    ['another format', { ...HEADER, format: 2 }],
    ['a member too many', { ...HEADER, more: 1 }],
    ['a member of another type', { ...HEADER, log: 7 }],
    ['no number', { ...HEADER, segment: 0 }],
    ['another seal', { ...HEADER, seal: { alg: 'none', epk: 'AA', kid: 's_x' } }],
    ['a key that is too short', { ...HEADER, seal: { alg: 'X25519-HKDF-SHA256-A256GCM', epk: 'AAAA', kid: 's_x' } }],
  ])('with %s is refused', (_, header) => {
    expect(() => decodeHeader(encodeHeader(header as SegmentHeader))).toThrow(
      expect.objectContaining({ code: 'spool.header' }),
    );
  });

  it('that is not canonical is refused', () => {
    const { segment: _, ...rest } = HEADER;
    expect(() => decodeHeader(Buffer.from(JSON.stringify({ segment: 1, ...rest })))).toThrow(/canonical/);
    expect(() => decodeHeader(Buffer.from([0xff]))).toThrow(/canonical/);
  });
});
