import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRecordSigner, readLeaf, toBase64, type Submission } from '@tenet-ledger/record';
import {
  encodeFrame,
  encodeHeader,
  encodePosted,
  headerDigestOf,
  MAGIC,
  openSealedFrames,
  rawPublicKey,
  readSegment,
  sealKidOf,
  segmentOpener,
  segmentSealer,
  type SegmentHeader,
} from '@tenet-ledger/ghost/spool';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../packages/ghost/src/delivery/sealer.js';
import { fieldsDraft } from './support/drafts.js';

const FOLDER = resolve(import.meta.dirname, '../../packages/ghost/vectors');
/** RFC 8410 §7: the 16 bytes before a raw X25519 private key in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const x25519 = (fill: number): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, fill)]), format: 'der', type: 'pkcs8' });

const platform = x25519(0x50);
const platformPublic = rawPublicKey(platform);
const sealKid = sealKidOf(platformPublic);
const keys = (kid: string): KeyObject | undefined => (kid === sealKid ? platform : undefined);

interface Vector {
  readonly about: string;
  readonly header: SegmentHeader;
  /** base64; the private half is of this vector alone. */
  readonly sealKey: { readonly kid: string; readonly publicKey: string; readonly privateKey: string } | null;
  readonly lines: readonly string[];
  /** base64 of the body that posts the frames 2 and 3. */
  readonly posted: string;
}

function lines(): string[] {
  let next = 0;
  const sealer = new Sealer({
    log: 'ledger.test/acme',
    signer: createRecordSigner(new Uint8Array(32).fill(7)),
    producer: 'prd_01JD0000000000000000000000',
    after: () => undefined,
    salts: (bytes) => Uint8Array.from({ length: bytes }, () => (next = (next * 5 + 3) & 255)),
  });
  return [1, 2, 3].map((n) => sealer.seal(fieldsDraft(`dec_${n}`, { n, text: 'Zürich 🏔 — ünïcode' })).line);
}

function build(sealed: boolean): { readonly segment: Buffer; readonly vector: Vector } {
  const sealer = sealed ? segmentSealer({ kid: sealKid, publicKey: platformPublic }, x25519(0x11)) : undefined;
  const header: SegmentHeader = {
    created: '2026-11-20T09:14:02.000Z',
    format: 1,
    kid: createRecordSigner(new Uint8Array(32).fill(7)).keyId,
    log: 'ledger.test/acme',
    producer: 'prd_01JD0000000000000000000000',
    seal: sealer?.seal ?? null,
    segment: 7,
  };
  const headerBytes = encodeHeader(header);
  const records = lines();
  const frames = records.map((line, i) => {
    const bytes = Buffer.from(line, 'utf8');
    return { index: i + 1, bytes: sealer?.sealFrame(i + 1, headerDigestOf(headerBytes), bytes) ?? bytes };
  });
  return {
    segment: Buffer.concat([MAGIC, encodeFrame(headerBytes), ...frames.map(({ bytes }) => encodeFrame(bytes))]),
    vector: {
      about: `A ${sealed ? 'sealed' : 'plain'} spool segment (the .seg file beside this one) and what it holds; see src/spool/FORMAT.md.`,
      header,
      sealKey: sealed
        ? { kid: sealKid, publicKey: toBase64(platformPublic), privateKey: toBase64(Buffer.alloc(32, 0x50)) }
        : null,
      lines: records,
      posted: encodePosted(headerBytes, frames.slice(1)).toString('base64'),
    },
  };
}

const linesOf = (body: Uint8Array): string[] =>
  [...openSealedFrames(body, keys).records].map((record) =>
    'line' in record ? record.line.toString('utf8') : record.problem.code,
  );

describe.each(['plain', 'sealed'] as const)('the %s vector', (kind) => {
  const { segment, vector } = build(kind === 'sealed');
  const file = resolve(FOLDER, `spool-${kind}`);

  it('is current', () => {
    const text = `${JSON.stringify(vector, null, 2)}\n`;
    if (process.env['TENET_WRITE_VECTORS'] !== undefined) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(`${file}.seg`, segment);
      writeFileSync(`${file}.json`, text);
    }
    expect(readFileSync(`${file}.seg`).equals(segment)).toBe(true);
    expect(readFileSync(`${file}.json`, 'utf8')).toBe(text);
  });

  it('is read back as the records that went in', () => {
    expectSegment(segment, vector);
  });
});

function expectSegment(bytes: Uint8Array, vector: Vector): void {
  const { header, headerBytes, frames, end, damage } = readSegment(bytes);
  expect({ header, end, damage }).toEqual({ header: vector.header, end: bytes.length, damage: null });
  const open = header.seal === null ? undefined : segmentOpener(secretOf(vector), header.seal, headerBytes);
  const read = frames.map((frame) => Buffer.from(open?.(frame.index, frame.bytes) ?? frame.bytes).toString('utf8'));
  expect(read).toEqual(vector.lines);
  const secret = vector.sealKey === null ? undefined : secretOf(vector);
  const posted = openSealedFrames(Buffer.from(vector.posted, 'base64'), () => secret);
  const records = [...posted.records].map((record) => [record.index, 'line' in record && record.line.toString('utf8')]);
  expect(records).toEqual(vector.lines.slice(1).map((line, i) => [i + 2, line]));
  for (const line of read) readLeaf((JSON.parse(line) as Submission).leaf);
}

const secretOf = ({ sealKey }: Vector): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.from(sealKey?.privateKey ?? '', 'base64')]),
    format: 'der',
    type: 'pkcs8',
  });

describe('a posted body', () => {
  const { segment, vector } = build(true);
  const { headerBytes, frames } = readSegment(segment);

  it('is opened with the platform key, frame by frame', () => {
    expect(linesOf(encodePosted(headerBytes, frames))).toEqual(vector.lines);
    expect(createPublicKey(platform).asymmetricKeyType).toBe('x25519');
  });

  it('says when no key fits', () => {
    expect(() => openSealedFrames(encodePosted(headerBytes, frames), () => undefined)).toThrow(
      expect.objectContaining({ code: 'spool.seal_key_unknown' }),
    );
  });

  it('gives one problem for a frame that is not in its place, and the others', () => {
    const swapped = [frames[0]!, { index: 3, bytes: frames[1]!.bytes }, frames[2]!];
    expect(linesOf(encodePosted(headerBytes, swapped))).toEqual([vector.lines[0], 'spool.seal', vector.lines[2]]);
  });

  it('gives one problem for a frame that was damaged on the way, and the others', () => {
    const body = encodePosted(headerBytes, frames);
    body[body.length - frames[2]!.bytes.length - 40]! ^= 1;
    expect(linesOf(body)).toEqual([vector.lines[0], 'spool.frame', vector.lines[2]]);
  });

  it('is refused where it breaks off', () => {
    const body = encodePosted(headerBytes, frames);
    expect(() => linesOf(body.subarray(0, -1))).toThrow(expect.objectContaining({ code: 'spool.body' }));
  });
});
