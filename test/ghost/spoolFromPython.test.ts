import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRecordSigner, fromBase64, readLeaf, type Entry, type Submission } from '@tenet-ledger/record';
import type { Draft } from '@tenet-ledger/ghost';
import { openSealedFrames, readSegment, segmentOpener, type SegmentHeader } from '@tenet-ledger/ghost/spool';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../packages/ghost/src/delivery/sealer.js';

/** Written by the Python SDK; its own tests check that they are current. */
const FOLDER = resolve(import.meta.dirname, '../../python/tenet_ghost/tests/vectors');
/** RFC 8410 §7: the 16 bytes before a raw X25519 private key in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

interface DraftVectors {
  readonly log: string;
  readonly producer: string;
  readonly secretKey: string;
  readonly after: NonNullable<Entry['after']>;
  /** JSON texts, so that each language reads its own numbers out of them. */
  readonly drafts: readonly string[];
  readonly lines: readonly string[];
}

interface SegmentVector {
  readonly header: SegmentHeader;
  readonly sealKey: { readonly kid: string; readonly privateKey: string } | null;
  readonly lines: readonly string[];
  readonly posted: string;
}

const json = (name: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8'));

function privateKeyOf({ sealKey }: SegmentVector): KeyObject | undefined {
  if (sealKey === null) return undefined;
  const der = Buffer.concat([PKCS8, Buffer.from(sealKey.privateKey, 'base64')]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

describe('what the Python SDK wrote', () => {
  it('is what the same drafts, salts, key and numbers give here, byte for byte', () => {
    const vectors = json('drafts.json') as DraftVectors;
    let salt = 0;
    const sealer = new Sealer({
      log: vectors.log,
      signer: createRecordSigner(fromBase64(vectors.secretKey)),
      producer: vectors.producer,
      after: () => vectors.after,
      salts: (bytes) => Uint8Array.from({ length: bytes }, () => (salt = (salt * 5 + 3) & 255)),
    });
    const lines = vectors.drafts.map((text) => sealer.seal(JSON.parse(text) as Draft).line);
    expect(lines).toEqual(vectors.lines);
  });

  it.each(['plain', 'sealed'])('is read back out of a %s segment and out of the body that posts it', (kind) => {
    const vector = json(`spool-${kind}.json`) as SegmentVector;
    const bytes = readFileSync(resolve(FOLDER, `spool-${kind}.seg`));
    const secret = privateKeyOf(vector);
    const { header, headerBytes, frames, end, damage } = readSegment(bytes);
    expect({ header, end, damage }).toEqual({ header: vector.header, end: bytes.length, damage: null });
    const open = secret && header.seal ? segmentOpener(secret, header.seal, headerBytes) : undefined;
    const lines = frames.map((frame) => Buffer.from(open?.(frame.index, frame.bytes) ?? frame.bytes).toString('utf8'));
    expect(lines).toEqual(vector.lines);
    for (const line of lines) readLeaf((JSON.parse(line) as Submission).leaf);
    const posted = openSealedFrames(Buffer.from(vector.posted, 'base64'), () => secret);
    const records = [...posted.records].map((one) => [one.index, 'line' in one ? one.line.toString('utf8') : '']);
    expect(records).toEqual(vector.lines.slice(1).map((line, i) => [i + 2, line]));
  });
});
