import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalize,
  digestOf,
  discloseFields,
  fromBase64Url,
  fromUtf8,
  makeDisclosure,
  readDisclosure,
  toBase64Url,
  utf8,
  type Json,
} from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';
import { countingSalt, nodeSha256 } from './support.js';

const salt = new Uint8Array(16).fill(5);

describe.skipIf(!hasVectors)('SD-JWT vectors (RFC 9901)', () => {
  interface Vectors {
    readonly hashing: readonly { disclosure: string; sha256_b64url: string }[];
    readonly same_value_other_bytes: readonly { disclosure: string; decoded: Json }[];
  }
  const vectors = hasVectors
    ? (JSON.parse(readFileSync(join(vectorsDir, 'sd-jwt/disclosures.json'), 'utf8')) as Vectors)
    : undefined;

  it('the digest is over the ASCII of the disclosure string', () => {
    for (const { disclosure, sha256_b64url } of vectors!.hashing) expect(digestOf(disclosure)).toBe(sha256_b64url);
  });

  it('the same value in other bytes decodes alike and has another digest', () => {
    const digests = new Set<string>();
    for (const { disclosure, decoded } of vectors!.same_value_other_bytes) {
      expect(JSON.parse(fromUtf8(fromBase64Url(disclosure)))).toEqual(decoded);
      digests.add(digestOf(disclosure));
    }
    expect(digests.size).toBe(vectors!.same_value_other_bytes.length);
  });
});

describe('disclosures', () => {
  it('have the digest of any SHA-256 that is handed in, in one step or in two', () => {
    const seen: string[] = [];
    const oneStep = Object.assign((data: Uint8Array) => nodeSha256(data), {
      base64UrlOf: (ascii: string) => {
        seen.push(ascii);
        return toBase64Url(nodeSha256(utf8(ascii)));
      },
    });
    const made = makeDisclosure('/decision/outcome', 'approve', salt, oneStep);
    expect(made).toEqual(makeDisclosure('/decision/outcome', 'approve', salt));
    expect(digestOf(made.disclosure, oneStep)).toBe(digestOf(made.disclosure, nodeSha256));
    expect(seen).toEqual([made.disclosure, made.disclosure]);
  });

  const safe = fc.jsonValue({ maxDepth: 4 }).filter((value) => {
    try {
      canonicalize(value, { safeIntegers: true });
      return true;
    } catch {
      return false;
    }
  });

  it('come back as they were made, and only their own digest fits', () => {
    fc.assert(
      fc.property(safe, fc.uint8Array({ minLength: 16, maxLength: 16 }), (value, bytes) => {
        const { disclosure, digest } = makeDisclosure('/decision/outcome', value as Json, bytes);
        const read = readDisclosure(disclosure);
        expect(read.path).toBe('/decision/outcome');
        expect(read.salt).toBe(toBase64Url(bytes));
        expect(canonicalize(read.value)).toBe(canonicalize(value));
        expect(digestOf(disclosure)).toBe(digest);
        expect(makeDisclosure('/decision/outcome', value as Json, bytes, nodeSha256).digest).toBe(digest);
      }),
    );
  });

  it('of the same value differ by their salt and by their path', () => {
    const other = new Uint8Array(16).fill(6);
    const digests = [makeDisclosure('/a', 1, salt), makeDisclosure('/a', 1, other), makeDisclosure('/b', 1, salt)];
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(3);
  });

  it('are read whatever the spacing and escapes of the producer’s JSON', () => {
    const text = `[ "${toBase64Url(salt)}",\n "\\/a" , {"b": 1.50, "a": "\\u00e9"} ]`;
    expect(readDisclosure(toBase64Url(utf8(text)))).toEqual({
      salt: toBase64Url(salt),
      path: '/a',
      value: { a: 'é', b: 1.5 },
    });
  });

  it.each<[string, string]>([
    ['an integer beyond 2^53-1', `["${toBase64Url(salt)}","/a",9007199254740993]`],
    ['a duplicate name in the value', `["${toBase64Url(salt)}","/a",{"x":1,"x":2}]`],
    ['a short salt', `["${toBase64Url(salt.subarray(1))}","/a",1]`],
    ['two elements', `["${toBase64Url(salt)}","/a"]`],
    ['a path that is no pointer', `["${toBase64Url(salt)}","a",1]`],
    ['a path with a bad escape', `["${toBase64Url(salt)}","/a~2",1]`],
    ['an object instead', '{"salt":1}'],
    ['no JSON', 'hello'],
  ])('with %s are refused', (_, text) => {
    expect(() => readDisclosure(toBase64Url(utf8(text)))).toThrow();
  });

  it('are refused at writing when a reader would refuse them', () => {
    expect(() => makeDisclosure('/a', { amount: 2 ** 53 }, salt)).toThrow('2/amount');
    expect(() => makeDisclosure('/a', 1, salt.subarray(1))).toThrow('16 bytes');
    expect(() => makeDisclosure('', 1, salt)).toThrow('field path');
    expect(() => makeDisclosure('/a\nb', 1, salt)).toThrow('field path');
  });

  it('discloseFields gives the map for the entry and the disclosures in order', () => {
    const { fields, disclosures } = discloseFields(
      [
        { path: '/b', value: 1 },
        { path: '/a', value: [2] },
      ],
      countingSalt(),
    );
    expect(Object.keys(fields)).toEqual(['/b', '/a']);
    expect(disclosures.map((d) => readDisclosure(d).path)).toEqual(['/b', '/a']);
    expect(disclosures.map((d) => digestOf(d))).toEqual(Object.values(fields));
  });
});
