/**
 * Completeness of what a producer wrote: its numbers run on without gaps, each entry names the one before, it counted what it dropped and
 * said when it ended. Pure over chain entries; storage is behind a port. It cannot speak of code that was never wrapped, nor of
 * what a process had taken and not yet stored when it was cut off: the report says so. Spec: FORMAT.md §2.3 and §3.
 */
export type * from './types.js';
export type * from './ports.js';
export { ChainInspector, type ChainOf } from './inspectChain.js';
export { reportProducer, type ReportDeps } from './reportProducer.js';
export { certify, MAX_CERTIFIED, type Certificate, type CertifiedEntry, type CertifyDeps } from './certificate.js';
export { verifyCertificate, type CertificateVerdict } from './verifyCertificate.js';
