import {
  dssePae,
  ENTRY_PAYLOAD_TYPE,
  leafHash,
  readDisclosure,
  readLeaf,
  RecordError,
  type Json,
  type ReadLeaf,
  type Submission,
} from '@tenet-ledger/record';
import type { ErrorCode } from '../errors/index.js';
import { disclosureDigest, nodeSha256 } from './hash.js';

/** One posted item whose own bytes are consistent. Key, signature, `after` and chain are not looked at yet. */
export interface CheckedItem {
  readonly ok: true;
  readonly read: ReadLeaf;
  readonly leaf: Buffer;
  readonly leafHash: Uint8Array;
  readonly sHash: Uint8Array;
  readonly disclosures: readonly string[];
  readonly fields: ReadonlyMap<string, Json>;
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

/** Leaf and disclosures against each other and against the log's name. Pure, and the larger part of ingest's CPU. */
export function checkItem(item: Submission, log: string): CheckedItem | Refusal {
  let read: ReadLeaf;
  try {
    read = readLeaf(item.leaf);
  } catch (error) {
    return fromRecordError('', 'record.invalid', error, '/leaf');
  }
  const { entry } = read;
  if (entry.log !== log) {
    return refusal(entry.id, 'record.invalid', `the record is for the log ${entry.log}, this is ${log}`, '/log');
  }
  const fields = openFields(entry.id, entry.fields, item.disclosures);
  if (!(fields instanceof Map)) return fields;
  const leaf = Buffer.from(item.leaf, 'utf8');
  return {
    ok: true,
    read,
    leaf,
    leafHash: leafHash(leaf, nodeSha256),
    sHash: nodeSha256(read.payload),
    disclosures: item.disclosures,
    fields,
  };
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
