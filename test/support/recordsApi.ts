import type { KeyObject } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  formatCheckpoint,
  formatVkey,
  NOTE_ED25519,
  readDisclosure,
  readLeaf,
  sHash,
  signNote,
  toBase64,
  verifyLeafSignature,
  type Entry,
  type Json,
  type RecordSigner,
  type Submission,
} from '@tenet-ledger/record';
import { nodeVerify } from '@tenet-ledger/ghost';
import { openSealedFrames, SpoolError, SPOOL_CONTENT_TYPE } from '@tenet-ledger/ghost/spool';

/** A record that came in, read and checked by packages/record alone. */
export interface ReceivedRecord {
  readonly submission: Submission;
  readonly entry: Entry;
  readonly sHash: string;
  readonly signatureOk: boolean;
  readonly fields: ReadonlyMap<string, Json>;
}

/** How one request is answered instead of taking the records. */
export type Hitch =
  | { readonly status: number; readonly retryAfter?: string; readonly code?: string | null }
  | 'hang-up'
  | 'garbage'
  /** No answer, the connection stays. */
  | 'silence'
  /** The records are taken and the connection ends before the answer. */
  | 'lose-answer';

export interface RecordsApi {
  readonly url: string;
  readonly received: readonly ReceivedRecord[];
  readonly requests: readonly {
    readonly headers: IncomingHttpHeaders;
    readonly lines: number;
    readonly at: number;
    readonly path: string;
  }[];
  /** The next requests meet these, in order. */
  hitch(...hitches: readonly Hitch[]): void;
  /** Answers for single records, by id. */
  readonly verdicts: Map<string, { readonly status: string; readonly code?: string; readonly message?: string }>;
  /** Private keys that sealed segments are opened with. */
  readonly sealKeys: Map<string, KeyObject>;
  /** What GET /api/v1/platform says. */
  platform: object;
  /** What acknowledgements carry; null at first. */
  checkpoint: { readonly size: number; readonly root: string; readonly note: string } | null;
  close(): Promise<void>;
}

/** The door of POST /api/v1/records over real HTTP, without a ledger behind it. */
export async function startRecordsApi(): Promise<RecordsApi> {
  const received: ReceivedRecord[] = [];
  const requests: { headers: IncomingHttpHeaders; lines: number; at: number; path: string }[] = [];
  const hitches: Hitch[] = [];
  const seen = new Set<string>();
  const api: { checkpoint: RecordsApi['checkpoint']; platform: object } = { checkpoint: null, platform: {} };
  const sealKeys: RecordsApi['sealKeys'] = new Map();
  const verdicts: RecordsApi['verdicts'] = new Map();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const read = readLines(body, request.headers, sealKeys);
      const lines = read ?? [];
      requests.push({ headers: request.headers, lines: lines.length, at: Date.now(), path: request.url ?? '' });
      const hitch = hitches.shift();
      if (hitch === 'hang-up') return void response.destroy();
      if (hitch === 'silence') return;
      if (hitch === 'garbage') return void response.writeHead(200).end('<html>gateway</html>');
      if (typeof hitch === 'object') {
        response.writeHead(hitch.status, {
          'content-type': 'application/problem+json',
          ...(hitch.retryAfter && { 'retry-after': hitch.retryAfter }),
        });
        const code = hitch.code === undefined ? 'test.hitch' : hitch.code;
        return void response.end(JSON.stringify({ ...(code !== null && { code }), detail: 'scripted' }));
      }
      if (request.method === 'GET') return void response.end(JSON.stringify(api.platform));
      if (read === null) {
        response.writeHead(409, { 'content-type': 'application/problem+json' });
        return void response.end(JSON.stringify({ code: 'spool.seal_key_unknown', detail: 'no such key' }));
      }
      const results = lines.map((line) => {
        if (line === null) return { id: '', status: 'refused', code: 'spool.seal' };
        const record = receive(JSON.parse(line) as Submission);
        const { id } = record.entry;
        const verdict = verdicts.get(id);
        if (verdict !== undefined) return { id, ...verdict };
        if (seen.has(id)) return { id, status: 'duplicate' };
        seen.add(id);
        received.push(record);
        return { id, status: 'accepted' };
      });
      if (hitch === 'lose-answer') return void response.destroy();
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ results, checkpoint: api.checkpoint }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(api, {
    url: `http://127.0.0.1:${port}`,
    received,
    requests,
    verdicts,
    sealKeys,
    hitch: (...more: readonly Hitch[]) => void hitches.push(...more),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** null instead of a line that can't be opened; null for all where there is no key. */
function readLines(
  body: Buffer,
  headers: IncomingHttpHeaders,
  keys: ReadonlyMap<string, KeyObject>,
): readonly (string | null)[] | null {
  if (headers['content-type'] === SPOOL_CONTENT_TYPE) {
    try {
      const { records } = openSealedFrames(body, (kid) => keys.get(kid));
      return [...records].map((record) => ('line' in record ? record.line.toString('utf8') : null));
    } catch (error) {
      if (error instanceof SpoolError && error.code === 'spool.seal_key_unknown') return null;
      throw error;
    }
  }
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return text
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

const trusted = new Map<string, Uint8Array>();

/** Signatures of this signer's records are checked from now on. */
export function trust(signer: RecordSigner): RecordSigner {
  trusted.set(signer.keyId, signer.publicKey);
  return signer;
}

function receive(submission: Submission): ReceivedRecord {
  const leaf = readLeaf(submission.leaf);
  const publicKey = trusted.get(leaf.keyid);
  const fields = new Map<string, Json>();
  for (const disclosure of submission.disclosures) {
    const { path, value } = readDisclosure(disclosure);
    fields.set(path, value);
  }
  return {
    submission,
    entry: leaf.entry,
    sHash: sHash(leaf.payload),
    signatureOk: publicKey !== undefined && verifyLeafSignature(leaf, publicKey, nodeVerify),
    fields,
  };
}

export interface NoteLog {
  readonly vkey: string;
  checkpoint(size: number, fill?: number): { readonly size: number; readonly root: string; readonly note: string };
}

/** A log's key that signs whatever head it is told to: what a client has to see through. */
export function noteLog(origin: string, signer: RecordSigner): NoteLog {
  const { publicKey } = signer;
  return {
    vkey: formatVkey(origin, NOTE_ED25519, publicKey),
    checkpoint(size, fill = size % 251) {
      const root = new Uint8Array(32).fill(fill);
      const sign = (message: Uint8Array): Uint8Array => signer.sign(message);
      const note = signNote(formatCheckpoint({ origin, size, root }), [
        { name: origin, type: NOTE_ED25519, publicKey, sign },
      ]);
      return { size, root: toBase64(root), note };
    },
  };
}
