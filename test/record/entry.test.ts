import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertEntry,
  canonicalize,
  discloseFields,
  dssePae,
  ENTRY_PAYLOAD_TYPE,
  flattenRecord,
  fromUtf8,
  leafHash,
  MAX_LEAF_BYTES,
  portableVerify,
  readLeaf,
  RecordError,
  sHash,
  sha256,
  signEntry,
  toBase64,
  toBase64Url,
  utf8,
  verifyLeafSignature,
  type Entry,
} from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';
import { countingSalt, exampleRecord, nodeSha256, nodeSigner, nodeVerify } from './support.js';

const signer = nodeSigner(3);
const digest = toBase64Url(new Uint8Array(32).fill(1));
const entry: Entry = {
  v: 1,
  log: 'ledger.example/acme',
  kind: 'decision',
  type: 'loan.approve',
  id: 'dec_1',
  agent: 'underwriter@4.2.0',
  links: [{ rel: 'parent', id: 'dec_0' }],
  producer: { id: 'spool-1', kid: signer.keyId, seq: 2, prev: digest },
  occurred_at: '2026-01-02T03:04:05.678Z',
  after: { size: 3, root: toBase64(new Uint8Array(32).fill(2)) },
  subject: 'sub_1',
  fields: { '/decision/outcome': digest, '/context/inputs/a~1b': digest },
};

describe.skipIf(!hasVectors)('DSSE vector', () => {
  it('the pre-authentication encoding is the published one', () => {
    const vector = JSON.parse(readFileSync(join(vectorsDir, 'dsse/pae.json'), 'utf8')) as Record<string, string>;
    expect(fromUtf8(dssePae(vector['payloadType']!, utf8(vector['payloadUtf8']!)))).toBe(vector['pae']);
  });
});

describe('a signed leaf', () => {
  it('is its own canonical form and reads back as the entry', () => {
    const signed = signEntry(entry, signer);
    expect(canonicalize(JSON.parse(signed.leaf))).toBe(signed.leaf);
    const read = readLeaf(signed.leaf);
    expect(read.entry).toEqual(entry);
    expect(read.keyid).toBe(signer.keyId);
    expect(fromUtf8(read.payload)).toBe(canonicalize(entry));
    expect(readLeaf(utf8(signed.leaf))).toEqual(read);
    expect(signed.leafHash).toEqual(leafHash(utf8(signed.leaf)));
    expect(signed.sHash).toBe(toBase64Url(sha256(read.payload)));
    expect(sHash(read.payload)).toBe(signed.sHash);
    expect(signEntry(entry, signer, nodeSha256)).toEqual({ ...signed, leafHash: Buffer.from(signed.leafHash) });
  });

  it('verifies under its key alone, in both builds', () => {
    const read = readLeaf(signEntry(entry, signer).leaf);
    const other = nodeSigner(4);
    for (const verify of [nodeVerify, portableVerify]) {
      expect(verifyLeafSignature(read, signer.publicKey, verify)).toBe(true);
      expect(verifyLeafSignature(read, other.publicKey, verify)).toBe(false);
      expect(verifyLeafSignature({ ...read, payload: read.payload.with(0, 32) }, signer.publicKey, verify)).toBe(false);
    }
  });

  it('holds no value of the record, only digests', () => {
    const { fields } = discloseFields(flattenRecord(exampleRecord), countingSalt());
    const payload = fromUtf8(readLeaf(signEntry({ ...entry, fields }, signer).leaf).payload);
    for (const secret of ['4200', 'A-77', 'deny', 'late payments', 'R-12']) expect(payload).not.toContain(secret);
  });

  it('is not signed by a key the entry does not name', () => {
    expect(() => signEntry(entry, nodeSigner(4))).toThrow(RecordError);
  });

  it('may not exceed what a length prefix can hold', () => {
    const fields = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`/${'x'.repeat(200)}${i}`, digest]));
    expect(() => signEntry({ ...entry, fields }, signer)).toThrow('too large');
    expect(() => readLeaf('x'.repeat(MAX_LEAF_BYTES + 1))).toThrow('too large');
  });
});

describe('readLeaf', () => {
  const hex = (text: string): string => text.charCodeAt(0).toString(16);
  const leaf = signEntry(entry, signer).leaf;
  const parts = JSON.parse(leaf) as {
    payload: string;
    payloadType: string;
    signatures: { keyid: string; sig: string }[];
  };
  const s = canonicalize(entry);
  const withPayload = (text: string): string => canonicalize({ ...parts, payload: toBase64(utf8(text)) });

  it.each<[string, string]>([
    ['spaces', leaf.replace('":"', '": "')],
    ['a trailing newline', `${leaf}\n`],
    ['an unknown member', canonicalize({ ...parts, note: 1 })],
    [
      'an unknown member in the signature',
      canonicalize({ ...parts, signatures: [{ ...parts.signatures[0], alg: 'x' }] }),
    ],
    ['a missing payload', canonicalize({ payloadType: parts.payloadType, signatures: parts.signatures })],
    ['another payload type', canonicalize({ ...parts, payloadType: 'application/json' })],
    ['no signature', canonicalize({ ...parts, signatures: [] })],
    ['two signatures', canonicalize({ ...parts, signatures: [parts.signatures[0], parts.signatures[0]] })],
    ['a short signature', canonicalize({ ...parts, signatures: [{ keyid: signer.keyId, sig: 'AAAA' }] })],
    [
      'another key id than the entry',
      canonicalize({ ...parts, signatures: [{ ...parts.signatures[0], keyid: 'k_x' }] }),
    ],
    ['base64url payload', canonicalize({ ...parts, payload: parts.payload.replace(/=+$/, '') })],
    ['a payload with spaces', withPayload(s.replace('":1', '": 1'))],
    ['a payload with members in another order', withPayload(`{"v":1,${s.slice(1).replace(',"v":1}', '}')}`)],
    ['a payload with a duplicate member', withPayload(s.replace('{', '{"agent":"x",'))],
    ['a payload that is not UTF-8', canonicalize({ ...parts, payload: toBase64(Uint8Array.of(0xff)) })],
    ['an escape in the payload', leaf.replace('"payload":"e', '"payload":"\\u0065')],
    ['an escape in the key id', leaf.replace(`"keyid":"${signer.keyId[0]}`, `"keyid":"\\u00${hex(signer.keyId)}`)],
    ['a head and a tail that overlap', leaf.slice(0, 12) + leaf.slice(-4)],
    ['an array', '[]'],
    ['null', 'null'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => readLeaf(text)).toThrow(RecordError);
  });

  it('takes no text that is not its own canonical form', () => {
    const edit = fc.record({
      at: fc.nat(leaf.length),
      drop: fc.nat(3),
      put: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('\\u0065', '"', '\\"', '=', ' ', 'A')),
    });
    fc.assert(
      fc.property(edit, ({ at, drop, put }) => {
        const text = leaf.slice(0, at) + put + leaf.slice(at + drop);
        try {
          readLeaf(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
          return;
        }
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows one payload type', () => {
    expect(parts.payloadType).toBe(ENTRY_PAYLOAD_TYPE);
  });
});

describe('assertEntry', () => {
  it('accepts the least entry', () => {
    const { after: _a, subject: _s, ...least } = entry;
    expect(assertEntry({ ...least, links: [], fields: {}, producer: { id: 'p', kid: 'k', seq: 1 } })).toBeTruthy();
  });

  it.each<[string, object]>([
    ['an unknown member', { extra: 1 }],
    ['another version', { v: 2 }],
    ['a version as text', { v: '1' }],
    ['an unknown kind', { kind: 'note' }],
    ['an inherited name as kind', { kind: 'constructor' }],
    ['an upper-case log', { log: 'Ledger.example/acme' }],
    ['a log without tenant', { log: 'ledger.example' }],
    ['a log with an epoch', { log: 'ledger.example/acme/2026' }],
    ['a plus in the log', { log: 'a+b/acme' }],
    ['an escape sequence in the type', { type: 'loan\u001b[31m' }],
    ['a right-to-left override in the agent', { agent: 'a\u202eb' }],
    ['an empty type', { type: '' }],
    ['a space in the id', { id: 'dec 1' }],
    ['a newline in the id', { id: 'dec_1\n' }],
    ['an id of 201 characters', { id: 'x'.repeat(201) }],
    ['an empty subject', { subject: '' }],
    ['links as an object', { links: {} }],
    ['a link with more members', { links: [{ rel: 'a', id: 'b', c: 1 }] }],
    ['65 links', { links: Array.from({ length: 65 }, () => ({ rel: 'a', id: 'b' })) }],
    ['an upper-case rel', { links: [{ rel: 'A', id: 'b' }] }],
    ['seq 0', { producer: { id: 'p', kid: 'k', seq: 0 } }],
    ['a fractional seq', { producer: { id: 'p', kid: 'k', seq: 1.5 } }],
    ['a prev at seq 1', { producer: { id: 'p', kid: 'k', seq: 1, prev: digest } }],
    ['no prev at seq 2', { producer: { id: 'p', kid: 'k', seq: 2 } }],
    ['a prev with unused bits set', { producer: { id: 'p', kid: 'k', seq: 2, prev: `${digest.slice(0, -1)}F` } }],
    ['a time without milliseconds', { occurred_at: '2026-01-02T03:04:05Z' }],
    ['a time with an offset', { occurred_at: '2026-01-02T03:04:05.678+01:00' }],
    ['the 30th of February', { occurred_at: '2026-02-30T03:04:05.678Z' }],
    ['hour 24', { occurred_at: '2026-01-02T24:00:00.000Z' }],
    ['after size 0', { after: { size: 0, root: entry.after!.root } }],
    ['a short after root', { after: { size: 1, root: 'AAAA' } }],
    ['a field path without slash', { fields: { outcome: digest } }],
    ['the whole record as a field', { fields: { '': digest } }],
    ['a short digest', { fields: { '/a': digest.slice(1) } }],
    ['a value instead of a digest', { fields: { '/a': 1 } }],
    ['257 fields', { fields: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`/${i}`, digest])) }],
    ['fields as an array', { fields: [] }],
  ])('refuses %s', (_, change) => {
    expect(() => assertEntry({ ...entry, ...change })).toThrow(RecordError);
  });

  it.each(['v', 'log', 'kind', 'type', 'id', 'agent', 'links', 'producer', 'occurred_at', 'fields'])(
    'refuses an entry without %s',
    (member) => {
      expect(() => assertEntry(Object.fromEntries(Object.entries(entry).filter(([key]) => key !== member)))).toThrow(
        member,
      );
    },
  );
});
