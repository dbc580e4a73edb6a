import { canonicalize, leafHash, toBase64Url, utf8 } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import type { LaneName, ReplayResult, ResultRow } from './types.js';

const SALT_BYTES = 16;

/**
 * The evidence form of a result. `salt` must be 16 fresh bytes from a CSPRNG; a repeated post makes another row, and the
 * first one stored is the one that counts.
 */
export function toResultRow(
  result: ReplayResult,
  run: string,
  lane: LaneName,
  repeat: number,
  salt: Uint8Array,
): ResultRow {
  if (salt.length !== SALT_BYTES) {
    throw new AppError('input.invalid', 'the salt of a result row is 16 bytes', {
      field: '/salt',
      expected: `${SALT_BYTES} bytes`,
      got: `${salt.length} bytes`,
    });
  }
  return {
    v: 1,
    run,
    lane,
    repeat,
    salt: toBase64Url(salt),
    decision: result.decision,
    status: result.status,
    outcome: result.outcome,
    confidence: result.confidence,
    reasoning: result.reasoning,
    alternatives: result.alternatives,
    proposedActions: result.proposedActions,
    calls: result.calls,
    usage: result.usage,
    refusal: result.refusal,
    findings: result.findings,
  };
}

/** The bytes that are hashed: what a bundle carries and a verifier hashes again. */
export const rowText = (row: ResultRow): string => canonicalize(row);

/** RFC 6962 §2.1 leaf hash of the row's text. */
export const rowHash = (row: ResultRow): Uint8Array => leafHash(utf8(rowText(row)));
