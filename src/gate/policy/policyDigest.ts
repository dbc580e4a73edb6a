import { canonicalize, sha256, toBase64Url, utf8 } from '@tenet-ledger/record';
import type { GatePolicy } from '../types.js';

/** base64url SHA-256(JCS(policy)), defaults filled in: comments and spelling of rates do not change it. */
export const policyDigest = (policy: GatePolicy): string => toBase64Url(sha256(utf8(canonicalize(policy))));
