import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertPublicKey,
  cofactorlessVerify,
  concat,
  createRecordSigner,
  fromHex,
  portableVerify,
  registeredKeyVerify,
  strictVerify,
  toHex,
  utf8,
} from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';
import { joint, nodeVerify } from './support.js';

const L = Point.CURVE().n;
const P = Point.CURVE().p;

const read = <T>(file: string): T => JSON.parse(readFileSync(join(vectorsDir, 'ed25519', file), 'utf8')) as T;

function registered(publicKey: Uint8Array): boolean {
  try {
    assertPublicKey(publicKey);
    return true;
  } catch {
    return false;
  }
}

const littleEndian = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0')).reverse();
const toScalar = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint =>
  toScalar(
    createHash('sha512')
      .update(concat(r, a, message))
      .digest(),
  ) % L;

/** The eight points of small order, by multiplying a point outside the prime subgroup by L. */
const torsion: Point[] = (() => {
  for (let y = 2n; ; y += 1n) {
    let point: Point;
    try {
      point = Point.fromBytes(littleEndian(y), false);
    } catch {
      continue;
    }
    const small = point.multiplyUnsafe(L - 1n).add(point);
    if (small.double().double().is0()) continue;
    const all = [Point.ZERO];
    for (let i = 1; i < 8; i += 1) all.push(all[i - 1]!.add(small));
    return all;
  }
})();

/** Encodings of small-order points that are not canonical: y + p, and the sign bit on x = 0. */
const oddEncodings: Uint8Array[] = torsion.flatMap((point) => {
  const { x, y } = point.toAffine();
  const sign = x & 1n;
  const signs = x === 0n ? [0n, 1n] : [sign];
  const ys = y + P < 1n << 255n ? [y, y + P] : [y];
  return ys
    .flatMap((v) => signs.map((s) => littleEndian(v | (s << 255n))))
    .filter((bytes) => toHex(bytes) !== point.toHex());
});

interface Case {
  readonly what: string;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A signature by the secret scalar `a` for key bytes `A`, with chosen R bytes that stand for rB (+ torsion). */
function forge(
  what: string,
  a: bigint,
  publicKey: Uint8Array,
  r: bigint,
  rBytes: Uint8Array,
  message: Uint8Array,
  plus = 0n,
): Case {
  const s = (r + challenge(rBytes, publicKey, message) * a) % L;
  return { what, signature: concat(rBytes, littleEndian(s + plus)), message, publicKey };
}

function edgeCases(seed: number): Case[] {
  const draw = (label: string): bigint => toScalar(createHash('sha256').update(`${label} ${seed}`).digest()) % L;
  const a = draw('a') + 1n;
  const r = draw('r') + 1n;
  const message = utf8(`message ${seed}`);
  const good = Point.BASE.multiply(a);
  const keys: [string, Uint8Array][] = [
    ['prime-order key', good.toBytes()],
    ...torsion.slice(1).map((t, i): [string, Uint8Array] => [`mixed-order key +T${i + 1}`, good.add(t).toBytes()]),
  ];
  const cases: Case[] = [];
  for (const [name, key] of keys) {
    cases.push(forge(`${name}, plain`, a, key, r, Point.BASE.multiply(r).toBytes(), message));
    cases.push(forge(`${name}, S + L`, a, key, r, Point.BASE.multiply(r).toBytes(), message, L));
    torsion.forEach((t, i) => {
      cases.push(forge(`${name}, R + T${i}`, a, key, r, Point.BASE.multiply(r).add(t).toBytes(), message));
      cases.push(forge(`${name}, R = T${i}`, a, key, 0n, t.toBytes(), message));
    });
    for (const odd of oddEncodings)
      cases.push(forge(`${name}, R = odd ${toHex(odd).slice(0, 6)}`, a, key, 0n, odd, message));
  }
  for (const key of [...torsion.map((t) => t.toBytes()), ...oddEncodings]) {
    cases.push(
      forge(`small-order key ${toHex(key).slice(0, 6)}`, 0n, key, r, Point.BASE.multiply(r).toBytes(), message),
    );
    for (const t of torsion)
      cases.push(forge(`small-order key ${toHex(key).slice(0, 6)}, small R`, 0n, key, 0n, t.toBytes(), message));
  }
  return cases;
}

describe.skipIf(!hasVectors)('published Ed25519 vectors', () => {
  it('Wycheproof: the joint rule in both builds gives the published result', () => {
    const { testGroups } = read<{
      testGroups: { publicKey: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[];
    }>('wycheproof-ed25519_test.json');
    let count = 0;
    for (const { publicKey, tests } of testGroups) {
      const key = fromHex(publicKey.pk);
      expect(registered(key)).toBe(true);
      for (const { tcId, msg, sig, result } of tests) {
        const args = [fromHex(sig), fromHex(msg), key] as const;
        expect(portableVerify(...args), `portable ${tcId}`).toBe(result === 'valid');
        expect(joint(...args), `joint ${tcId}`).toBe(result === 'valid');
        expect(registeredKeyVerify(nodeVerify)(...args), `node ${tcId}`).toBe(result === 'valid');
        count += 1;
      }
    }
    expect(count).toBe(151);
  });

  it('RFC 8032: keys, signatures and verdicts', () => {
    for (const { priv, pub, msg, sig } of read<{ priv: string; pub: string; msg: string; sig: string }[]>(
      'rfc8032-ed25519.json',
    )) {
      const signer = createRecordSigner(fromHex(priv));
      expect(toHex(signer.publicKey)).toBe(pub);
      expect(toHex(signer.sign(fromHex(msg)))).toBe(sig);
      expect(portableVerify(fromHex(sig), fromHex(msg), fromHex(pub))).toBe(true);
    }
  });
});

describe('one verdict', () => {
  const cases = edgeCases(1);

  it('the generated cases cover what implementations disagree about', () => {
    expect(torsion).toHaveLength(8);
    expect(oddEncodings.length).toBeGreaterThanOrEqual(6);
    const verdicts = cases.map((c) =>
      [strictVerify, nodeVerify, joint].map((v) => v(c.signature, c.message, c.publicKey)),
    );
    const count = (test: (row: boolean[]) => boolean): number => verdicts.filter(test).length;
    expect(count(([strict, node]) => strict === true && node === false)).toBeGreaterThan(0);
    expect(count(([strict, node]) => strict === false && node === true)).toBeGreaterThan(0);
    expect(count(([, , both]) => both === true)).toBeGreaterThan(0);
  });

  it('the portable verdict is the joint verdict of noble strict and node:crypto on every edge case', () => {
    for (const { what, signature, message, publicKey } of cases) {
      expect(portableVerify(signature, message, publicKey), what).toBe(joint(signature, message, publicKey));
    }
  });

  it('for a key that passed assertPublicKey, node:crypto alone gives the joint verdict', () => {
    let compared = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      for (const { what, signature, message, publicKey } of seed === 1 ? cases : edgeCases(seed)) {
        if (!registered(publicKey)) continue;
        compared += 1;
        expect(registeredKeyVerify(nodeVerify)(signature, message, publicKey), what).toBe(
          joint(signature, message, publicKey),
        );
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('and for keys that did not pass, it does not: registration is what makes it safe', () => {
    const differs = cases.filter(
      ({ signature, message, publicKey }) =>
        !registered(publicKey) && nodeVerify(signature, message, publicKey) !== joint(signature, message, publicKey),
    );
    expect(differs.length).toBeGreaterThan(0);
  });

  it('holds for honest signatures and any change of one bit', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(511),
        (secret, message, bit) => {
          const { publicKey, sign } = createRecordSigner(secret);
          expect(registered(publicKey)).toBe(true);
          const signature = sign(message);
          expect(portableVerify(signature, message, publicKey)).toBe(true);
          expect(nodeVerify(signature, message, publicKey)).toBe(true);
          const changed = Uint8Array.from(signature);
          changed[bit >> 3]! ^= 1 << (bit & 7);
          expect(portableVerify(changed, message, publicKey)).toBe(false);
          expect(nodeVerify(changed, message, publicKey)).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('malformed input is false, not an error', () => {
    const { publicKey, sign } = createRecordSigner(new Uint8Array(32).fill(1));
    const message = utf8('x');
    const signature = sign(message);
    for (const verify of [strictVerify, cofactorlessVerify, portableVerify]) {
      expect(verify(signature.subarray(1), message, publicKey)).toBe(false);
      expect(verify(concat(signature, Uint8Array.of(0)), message, publicKey)).toBe(false);
      expect(verify(new Uint8Array(0), message, publicKey)).toBe(false);
      expect(verify(signature, message, publicKey.subarray(1))).toBe(false);
      expect(verify(signature, message, new Uint8Array(32).fill(255))).toBe(false);
    }
  });
});

describe('assertPublicKey', () => {
  const good = Point.BASE.multiply(123456789n);

  it('accepts an honest key', () => {
    expect(registered(good.toBytes())).toBe(true);
  });

  it.each(torsion.map((point, i) => [i, point] as const))('refuses the small-order point %d', (_, point) => {
    expect(() => assertPublicKey(point.toBytes())).toThrow('small order');
  });

  it.each(torsion.slice(1).map((point, i) => [i + 1, point] as const))(
    'refuses a key of mixed order (+T%d)',
    (_, point) => {
      expect(() => assertPublicKey(good.add(point).toBytes())).toThrow('mixed order');
    },
  );

  it.each(oddEncodings.map((bytes) => [toHex(bytes)]))('refuses the non-canonical encoding %s', (hex) => {
    expect(() => assertPublicKey(fromHex(hex))).toThrow('canonical encoding');
  });

  it('refuses what is no point, and other lengths', () => {
    expect(() => assertPublicKey(littleEndian(2n))).toThrow('canonical encoding');
    expect(() => assertPublicKey(new Uint8Array(31))).toThrow('31 bytes');
    expect(() => createRecordSigner(new Uint8Array(31))).toThrow('32 bytes');
  });
});
