import { hash } from 'node:crypto';
import type { Sha256 } from '@tenet-ledger/record';

/** base64url(SHA-256(ASCII(disclosure))): packages/record's `digestOf`, natively. */
export const disclosureDigest = (disclosure: string): string => hash('sha256', disclosure, 'base64url');

/** node:crypto's SHA-256 in the shape packages/record takes: native speed on the server. */
export const nodeSha256: Sha256 = Object.assign((data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer'), {
  base64UrlOf: disclosureDigest,
});

/** A leaf's bytes and their RFC 6962 hash, over one copy of them. The leaf must be ASCII. */
export function encodeLeaf(text: string): { readonly leaf: Buffer; readonly leafHash: Uint8Array } {
  const bytes = Buffer.allocUnsafe(text.length + 1);
  bytes[0] = 0;
  bytes.write(text, 1, 'latin1');
  return { leaf: bytes.subarray(1), leafHash: hash('sha256', bytes, 'buffer') };
}

/** RFC 6962 leaf hash of a leaf's text. */
export const leafTextHash = (leaf: string): Uint8Array => hash('sha256', `\0${leaf}`, 'buffer');
