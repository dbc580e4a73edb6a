import {
  dssePae,
  ENTRY_PAYLOAD_TYPE,
  readDisclosure,
  readLeaf,
  RecordError,
  type Entry,
  type Json,
  type ReadLeaf,
  type Submission,
} from '@tenet-ledger/record';
import type { ErrorCode } from '../errors/index.js';
import { disclosureDigest, encodeLeaf, nodeSha256 } from './hash.js';
import { disclosuresPlaintext } from './sealedDisclosures.js';

/** S without its digests: they have been compared and say nothing more. */
export type EntryHead = Omit<Entry, 'fields'>;

/** One posted item whose own bytes are consistent. Key, signature, `after` and chain are not looked at yet. */
export interface CheckedItem {
  readonly ok: true;
  readonly entry: EntryHead;
  readonly keyid: string;
  readonly signature: Uint8Array;
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array;
  readonly leaf: Buffer;
  readonly leafHash: Uint8Array;
  readonly sHash: Uint8Array;
  /** All disclosures as they will be sealed. Bytes: hundreds of strings an item would live until the batch is stored. */
  readonly plaintext: Buffer;
  /** The value of /intent/session. */
  readonly session: Json | undefined;
  /** The value of /provenance/lineage that names the orchestrator's run. */
  readonly run: Json | undefined;
  /** What a key entry discloses; empty for other kinds. */
  readonly keyFields: ReadonlyMap<string, Json>;
}

export interface Refusal {
  readonly ok: false;
  readonly id: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
}

export const refusal = (id: string, code: ErrorCode, message: string, field?: string): Refusal => ({
  ok: false,
  id,
  code,
  message,
  ...(field === undefined ? {} : { field }),
});

const NO_FIELDS: ReadonlyMap<string, Json> = new Map();

/** Leaf and disclosures against each other and against the log's name. Pure, and the larger part of ingest's CPU. */
export function checkItem(item: Submission, log: string): CheckedItem | Refusal {
  let read: ReadLeaf;
  try {
    read = readLeaf(item.leaf);
  } catch (error) {
    return fromRecordError('', 'record.invalid', error, '/leaf');
  }
  const { fields: digests, ...entry } = read.entry;
  if (entry.log !== log) {
    return refusal(entry.id, 'record.invalid', `the record is for the log ${entry.log}, this is ${log}`, '/log');
  }
  const fields = openFields(entry.id, digests, item.disclosures);
  if (!(fields instanceof Map)) return fields;
  return {
    ok: true,
    entry,
    keyid: read.keyid,
    signature: read.signature,
    signed: signedBytes(read),
    // What was read as a leaf is ASCII.
    ...encodeLeaf(item.leaf),
    sHash: nodeSha256(read.payload),
    plaintext: disclosuresPlaintext(item.disclosures),
    session: fields.get('/intent/session'),
    run: runOf(fields.get('/provenance/lineage')),
    keyFields: entry.kind === 'key' ? fields : NO_FIELDS,
  };
}

/** As Dagster and ours call it. */
function runOf(lineage: Json | undefined): Json | undefined {
  if (typeof lineage !== 'object' || lineage === null || Array.isArray(lineage)) return undefined;
  const { run_id: dagster, runId, run } = lineage as Readonly<Record<string, Json>>;
  return dagster ?? runId ?? run;
}

/** Exactly one disclosure per field of S, its digest that of S, its name the one S gives it. */
function openFields(
  id: string,
  digests: Readonly<Record<string, string>>,
  disclosures: readonly string[],
): Map<string, Json> | Refusal {
  const fields = new Map<string, Json>();
  for (const disclosure of disclosures) {
    let path: string;
    let value: Json;
    try {
      ({ path, value } = readDisclosure(disclosure));
    } catch (error) {
      return fromRecordError(id, 'record.disclosure', error, '/disclosures');
    }
    const digest = Object.hasOwn(digests, path) ? digests[path] : undefined;
    if (digest === undefined || fields.has(path)) {
      const why = digest === undefined ? 'is not among the fields of the entry' : 'was sent twice';
      return refusal(id, 'record.disclosure', `the disclosed field ${why}`, path);
    }
    if (disclosureDigest(disclosure) !== digest) {
      return refusal(id, 'record.disclosure', 'the disclosure does not hash to the digest in the entry', path);
    }
    fields.set(path, value);
  }
  if (fields.size !== Object.keys(digests).length) {
    const missing = Object.keys(digests).find((path) => !fields.has(path));
    return refusal(id, 'record.disclosure', 'every field of the entry must be disclosed to the ledger', missing);
  }
  return fields;
}

function fromRecordError(id: string, code: ErrorCode, error: unknown, field: string): Refusal {
  if (!(error instanceof RecordError)) throw error;
  return refusal(id, code, error.message, error.details.at ?? field);
}

/** The bytes that the signature covers. */
export const signedBytes = (read: ReadLeaf): Uint8Array => dssePae(ENTRY_PAYLOAD_TYPE, read.payload);
