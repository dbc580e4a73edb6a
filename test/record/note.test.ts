import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createRecordSigner,
  formatCheckpoint,
  formatReceipt,
  formatVkey,
  fromBase64,
  NOTE_COSIGNATURE,
  NOTE_ED25519,
  noteSignature,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseReceipt,
  parseVkey,
  portableVerify,
  RecordError,
  signNote,
  toBase64,
  type NoteSigner,
} from '@tenet-ledger/record';
import { hasVectors, vectorsDir } from '../support/shared.js';
import { nodeSigner, nodeVerify } from './support.js';

interface OpenVector {
  readonly desc: string;
  readonly msg?: string;
  readonly msgHex?: string;
  readonly vkeys: readonly string[];
  readonly want: 'ok' | 'error';
  readonly verified?: readonly string[];
  readonly unverified?: readonly string[];
}

interface NoteVectors {
  readonly open: readonly OpenVector[];
  readonly bad_vkeys: readonly { readonly vkey: string; readonly why: string }[];
  readonly deterministic_sign: Readonly<Record<string, string>>;
}

const file = (path: string): string => readFileSync(join(vectorsDir, path), 'utf8');

describe.skipIf(!hasVectors)('vectors of Go’s sumdb/note', () => {
  const vectors = hasVectors ? (JSON.parse(file('note/go-sumdb-note.json')) as NoteVectors) : undefined;

  it.each(vectors?.open ?? [])('open: $desc', (vector) => {
    const message = vector.msgHex === undefined ? vector.msg! : Buffer.from(vector.msgHex, 'hex');
    const open = () => openNote(message, vector.vkeys.map(parseVkey), portableVerify);
    if (vector.want === 'error') {
      expect(open).toThrow(RecordError);
      return;
    }
    const opened = open();
    expect(opened.verified.map((line) => line.name)).toEqual(vector.verified);
    expect(opened.unverified.map((line) => line.name)).toEqual(vector.unverified);
  });

  it.each(vectors?.bad_vkeys ?? [])('verifier key refused: $why', ({ vkey }) => {
    expect(() => parseVkey(vkey)).toThrow(RecordError);
  });

  it('no proper substring of a verifier key, and none with one byte raised, is accepted', () => {
    const vkey = vectors!.open[0]!.vkeys[0]!;
    expect(parseVkey(vkey).name).toBe('PeterNeumann');
    for (let start = 0; start < vkey.length; start += 1) {
      for (let end = start; end <= vkey.length; end += 1) {
        if (end - start < vkey.length) expect(() => parseVkey(vkey.slice(start, end))).toThrow(RecordError);
      }
      const raised = vkey.slice(0, start) + String.fromCharCode(vkey.charCodeAt(start) + 1) + vkey.slice(start + 1);
      expect(() => parseVkey(raised)).toThrow(RecordError);
    }
  });

  it('the same key and text give the same note as Go', () => {
    const { text, want } = vectors!.deterministic_sign as { text: string; want: string };
    const skey = vectors!.deterministic_sign['skey_TEST_ONLY_published_in_go_source']!;
    const secret = fromBase64(skey.split('+').slice(4).join('+')).slice(1);
    const { publicKey, sign } = createRecordSigner(secret);
    expect(signNote(text, [{ name: 'PeterNeumann', type: NOTE_ED25519, publicKey, sign }])).toBe(want);
  });
});

describe.skipIf(!hasVectors)('vectors of transparency-dev tlog-proof', () => {
  interface ProofVectors {
    readonly ok: readonly { index: string; hashes: string[]; extra: string | null; checkpoint: string; text: string }[];
    readonly error: readonly { name: string; text: string }[];
  }
  const vectors = hasVectors ? (JSON.parse(file('proof/tlog-proof.json')) as ProofVectors) : undefined;

  it.each(vectors?.ok ?? [])('index $index is read and written back', (vector) => {
    const receipt = parseReceipt(vector.text);
    expect(String(receipt.index)).toBe(vector.index);
    expect(receipt.hashes.map(toBase64)).toEqual(vector.hashes);
    expect(receipt.extra === undefined ? null : toBase64(receipt.extra)).toBe(vector.extra);
    expect(receipt.checkpoint).toBe(vector.checkpoint);
    expect(formatReceipt(receipt)).toBe(vector.text);
  });

  it.each(vectors?.error ?? [])('refused: $name', ({ text }) => {
    expect(() => parseReceipt(text)).toThrow(RecordError);
  });
});

const key = nodeSigner(5);
const signer: NoteSigner = { name: 'log.example/a', type: NOTE_ED25519, publicKey: key.publicKey, sign: key.sign };
const vkey = parseVkey(formatVkey(signer.name, signer.type, signer.publicKey));

describe('notes', () => {
  it('a text with blank lines is split at the last one', () => {
    const text = 'one\n\ntwo\n';
    expect(openNote(signNote(text, [signer]), [vkey], nodeVerify).text).toBe(text);
  });

  it('a signature in non-canonical base64 is refused', () => {
    const note = signNote('x\n', [signer]);
    const padded = note.replace(
      /([A-Za-z0-9+/])=\n$/,
      (_, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}=\n`,
    );
    expect(padded).not.toBe(note);
    expect(() => openNote(padded, [vkey], nodeVerify)).toThrow(RecordError);
  });

  it('one bad line by a known key spoils the note even beside a good one', () => {
    const other = nodeSigner(6);
    const wrong: NoteSigner = {
      name: 'w.example',
      type: NOTE_ED25519,
      publicKey: other.publicKey,
      sign: () => new Uint8Array(64),
    };
    const known = parseVkey(formatVkey(wrong.name, wrong.type, wrong.publicKey));
    const note = signNote('x\n', [signer, wrong]);
    expect(() => openNote(note, [vkey, known], nodeVerify)).toThrow('does not verify');
    expect(openNote(note, [vkey], nodeVerify).unverified).toEqual([{ name: 'w.example', keyId: known.keyId }]);
  });

  it('a cosignature signs the time together with the text', () => {
    const w = nodeSigner(7);
    const witness: NoteSigner = {
      name: 'w.example',
      type: NOTE_COSIGNATURE,
      publicKey: w.publicKey,
      sign: w.sign,
      time: 1_679_315_147,
    };
    const known = parseVkey(formatVkey(witness.name, witness.type, witness.publicKey));
    const note = signNote('x\n', [witness]);
    expect(openNote(note, [known], nodeVerify).verified[0]).toMatchObject({ name: 'w.example', time: 1_679_315_147 });
    const data = fromBase64(note.slice(note.lastIndexOf(' ') + 1, -1));
    data[11]! ^= 1;
    const later = `x\n\n— w.example ${toBase64(data)}\n`;
    expect(() => openNote(later, [known], nodeVerify)).toThrow('does not verify');
    expect(() => noteSignature('x\n', { ...witness, time: 0 })).toThrow('time');
  });

  it('a cosignature key does not accept a plain signature of the same key, nor the reverse', () => {
    const plain = signNote('x\n', [signer]);
    const asWitness = parseVkey(formatVkey(signer.name, NOTE_COSIGNATURE, signer.publicKey));
    expect(() => openNote(plain, [asWitness], nodeVerify)).toThrow('no known key');
  });

  it.each(['a\u0001b\n', 'no newline', 'tab\there\n', 'lone \ud800\n'])('text %j is refused', (text) => {
    expect(() => signNote(text, [signer])).toThrow(RecordError);
  });

  it('a key of small order is not caught by parsing: that is assertPublicKey’s business', () => {
    expect(parseVkey(formatVkey('x', NOTE_ED25519, Uint8Array.of(1, ...new Uint8Array(31)))).name).toBe('x');
  });
});

describe('checkpoints', () => {
  const root = new Uint8Array(32).fill(9);
  const body = formatCheckpoint({ origin: 'log.example/a', size: 12, root });

  it('are read back from a signed note', () => {
    const { checkpoint } = openCheckpoint(signNote(body, [signer]), [vkey], nodeVerify);
    expect(checkpoint).toEqual({ origin: 'log.example/a', size: 12, root });
  });

  it.each([
    ['an extension line', `${body}more\n`],
    ['a leading zero', body.replace('12', '012')],
    ['a negative size', body.replace('12', '-1')],
    ['a size beyond 2^53-1', body.replace('12', '9007199254740993')],
    ['a short root', body.replace(toBase64(root), toBase64(root.subarray(1)))],
    ['an empty origin', body.replace('log.example/a', '')],
    ['a plus in the origin', body.replace('log.example/a', 'a+b')],
    ['a missing newline', body.slice(0, -1)],
  ])('with %s are refused', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(RecordError);
  });
});

describe('receipts', () => {
  const hash = new Uint8Array(32).fill(3);

  it.each([
    ['a leading zero in the index', 'c2sp.org/tlog-proof@v1\nindex 01\n\nx\n'],
    ['no checkpoint', 'c2sp.org/tlog-proof@v1\nindex 1\n\n'],
    ['non-canonical base64', `c2sp.org/tlog-proof@v1\nindex 1\n${toBase64(hash).replace(/M=$/, 'N=')}\n\nx\n`],
    ['65 hashes', `c2sp.org/tlog-proof@v1\nindex 1\n${`${toBase64(hash)}\n`.repeat(65)}\nx\n`],
    ['extra after the index', 'c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\nx\n'],
  ])('with %s are refused', (_, text) => {
    expect(() => parseReceipt(text)).toThrow(RecordError);
  });
});
