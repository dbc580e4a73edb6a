import type { KeyStore, LedgerService } from '../ledger/index.js';
import type { Db } from '../db/index.js';
import type { SealKey } from './sealKey.js';
import type { SealKeys } from './sealKeys.js';

/** Everything one process needs to work for one tenant. Opened once, closed once. */
export interface Platform {
  readonly tenant: string;
  /** host/tenant: the `log` of every entry. */
  readonly log: string;
  /** host/tenant/epoch: the checkpoint origin. */
  readonly origin: string;
  /** Verifier key of the log, signed-note form. */
  readonly vkey: string;
  /** Public half of the root key, 32 bytes. */
  readonly rootKey: Uint8Array;
  /** HMAC key for subject tags: per tenant and epoch, given to a producer at enrolment. */
  readonly tagKey: Uint8Array;
  /** What producers seal to now. */
  readonly sealKey: SealKey;
  /** That one and those before it. */
  readonly sealKeys: SealKeys;
  readonly db: Db;
  readonly keyStore: KeyStore;
  readonly ledger: LedgerService;
  /** What an auditor gets out of band: tlog-policy lines with the log's and the root's key. */
  policy(): string;
  close(): Promise<void>;
}
