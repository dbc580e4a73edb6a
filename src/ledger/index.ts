/**
 * The Reasoning Ledger of the platform: ingest, append path, key rules, sealing, reading back with checks, fsck and the
 * export of evidence. A pure domain over ports (`ports.ts`): Postgres, the signer and the key files are elsewhere.
 * It is not the format (packages/record) and proves nothing by being a database: the proofs verify without it.
 * Spec: FORMAT.md of packages/record; C2SP tlog-checkpoint, tlog-tiles, tlog-proof; RFC 6962.
 */
export type * from './ports.js';
export type * from './service.js';
export type * from './fsck/report.js';
export { seal, open } from './seal.js';
export type * from './store.js';
export { nodeSha256 } from './hash.js';
export { edgeTiles } from './tiles.js';
export { createAccessLog, type AccessLog, type Reading } from './accessLog.js';
export {
  createDisclosedReads,
  type DisclosedReads,
  type FieldChoice,
  type SearchPage,
  type SearchQuery,
} from './disclosedReads.js';
export { FIELD_OPS, type FieldOp, type FieldTest } from './fieldTest.js';
export { TREE_DEPTH, TREE_NODES } from './intentTree.js';
export { createLedger, type LedgerDeps } from './createLedger.js';
export { Producer, type ProducerDeps, type Sources } from './producer.js';
export { jointVerifySync, publicKeyObject, verifySync } from './nodeVerify.js';
