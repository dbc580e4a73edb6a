import { hash } from 'node:crypto';

/** node:crypto's SHA-256 in the shape packages/record takes: native speed on the server. */
export const nodeSha256 = (data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer');

/** base64url(SHA-256(ASCII(disclosure))): packages/record's `digestOf`, natively. */
export const disclosureDigest = (disclosure: string): string => hash('sha256', disclosure, 'base64url');
