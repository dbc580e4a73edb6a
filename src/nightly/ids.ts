import { canonicalize, sha256, toBase32, toHex, utf8 } from '@tenet-ledger/record';

const DIGITS = 26;

/** Identity by content: prefix and 26 base32 digits of SHA-256(JCS(inputs)). */
export const nightId = (prefix: 'sch_' | 'drf_' | 'cmp_', inputs: unknown): string =>
  prefix + toBase32(sha256(utf8(canonicalize(inputs))), DIGITS);

/** hex SHA-256(JCS(value)). */
export const digestOf = (value: unknown): string => toHex(sha256(utf8(canonicalize(value))));
