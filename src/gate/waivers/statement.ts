import { canonicalize, dssePae, fromBase64, strictVerify, utf8 } from '@tenet-ledger/record';
import type { PersonalSignature } from './types.js';

export const STATEMENT_TYPE = 'application/vnd.tenet.statement+json';

/** What a person says, in one canonical text: nothing of it can be exchanged under a signature. */
export interface Statement {
  readonly says: 'waiver.requested' | 'waiver.accepted' | 'waiver.rejected' | 'waiver.revoked';
  readonly waiver: string;
  /** Digest of the terms. */
  readonly terms: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export const statementText = (statement: Statement): string => canonicalize({ v: 1, ...statement });

/** The bytes that the person's key signs. */
export const statementBytes = (text: string): Uint8Array => dssePae(STATEMENT_TYPE, utf8(text));

/** Whether the signature is over exactly this statement. Whose key it is, an auditor has to know from elsewhere. */
export function verifyStatement(expected: Statement, { statement, publicKey, sig }: PersonalSignature): boolean {
  if (statement !== statementText(expected)) return false;
  try {
    return strictVerify(fromBase64(sig), statementBytes(statement), fromBase64(publicKey));
  } catch {
    return false;
  }
}
