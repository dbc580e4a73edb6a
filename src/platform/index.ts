/**
 * Composition for one tenant: key files, the key store, the checkpoint signer with its own memory, and the ledger over
 * Postgres. The only place where the ledger's ports meet files. It is not a process: `openPlatform` starts nothing.
 * The key files are the development set-up; every output that depends on them says so.
 */
export type { Platform } from './platform.js';
export { openPlatform, keyStoreFile, signerDir, type PlatformOptions } from './openPlatform.js';
export { initTenant, type InitOptions } from './initTenant.js';
export { FileKeyStore } from './fileKeyStore.js';
export { FileCheckpointSigner, type FileSignerOptions } from './fileSigner.js';
export { type SealKey } from './sealKey.js';
export { rotateSealKey, SealKeys } from './sealKeys.js';
export { createNodeSigner } from './nodeSigner.js';
export { ensureKeyFile, keyFile, readKeyFile, type KeyName } from './keyFiles.js';
export { systemSources } from './sources.js';
