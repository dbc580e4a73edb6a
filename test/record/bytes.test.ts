import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concat,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  toBase32,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '@tenet-ledger/record';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('encodings', () => {
  it('agree with Buffer and come back', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        const buffer = Buffer.from(data);
        expect(toBase64(data)).toBe(buffer.toString('base64'));
        expect(toBase64Url(data)).toBe(buffer.toString('base64url'));
        expect(toHex(data)).toBe(buffer.toString('hex'));
        expect(equalBytes(fromBase64(toBase64(data)), data)).toBe(true);
        expect(equalBytes(fromBase64Url(toBase64Url(data)), data)).toBe(true);
        expect(equalBytes(fromHex(toHex(data)), data)).toBe(true);
      }),
    );
  });

  it('accept a text only if it is the one that encoding gives', () => {
    const alphabet = fc.constantFrom(...'AQgw05+/-_= \n~é');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        for (const [decode, encode] of [
          [fromBase64, toBase64],
          [fromBase64Url, toBase64Url],
        ] as const) {
          let decoded: Uint8Array;
          try {
            decoded = decode(text);
          } catch {
            continue;
          }
          expect(encode(decoded)).toBe(text);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['QQ', 'QQ=', 'QR==', 'QUI', 'QUJ=', 'Q===', '=', '====', 'QQ==\n', 'QQ= =', 'Q Q=', '_w==', 'QQ==QQ=='])(
    'base64 %j is refused',
    (text) => {
      expect(() => fromBase64(text)).toThrow('canonical base64');
    },
  );

  it.each(['A', 'QQ==', 'QR', 'QUJ', '/w', 'Q\u0151', 'QQ '])('base64url %j is refused', (text) => {
    expect(() => fromBase64Url(text)).toThrow('canonical base64url');
  });

  it.each(['0', 'AB', 'zz', '0x00'])('hex %j is refused', (text) => {
    expect(() => fromHex(text)).toThrow('hexadecimal');
  });

  it('base32 is the alphabet of ULID, most significant bit first', () => {
    expect(toBase32(Uint8Array.of(0xff, 0x00), 3)).toBe('ZW0');
    expect(toBase32(fromHex('00443214c74254b635cf84653a56d7c675be77df'), 32)).toBe('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
    expect(toBase32(new Uint8Array(32), 26)).toHaveLength(26);
  });
});

describe('UTF-8', () => {
  it.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]]])('ill-formed %j is refused', (data) => {
    expect(() => fromUtf8(Uint8Array.from(data))).toThrow('UTF-8');
  });

  it('no byte is lost, not even a byte order mark', () => {
    const text = '\ufeffa—é😀';
    expect(fromUtf8(utf8(text))).toBe(text);
  });
});

describe('concat and equalBytes', () => {
  it('treat parts as one string of bytes', () => {
    expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  });
});
