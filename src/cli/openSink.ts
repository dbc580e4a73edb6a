import { join } from 'node:path';
import type { ChainSink } from '../imports/index.js';
import type { OpenPlatform } from './context.js';

/** Where an import goes, and what its records need to know of that log. */
export interface OpenSink {
  readonly sink: ChainSink;
  readonly tenant: string;
  readonly tagKey: Uint8Array;
  readonly signal: AbortSignal;
}

/** Imports have a producer key of their own on this machine, enrolled like any other. */
export async function openLocalSink(
  { platform, signal }: OpenPlatform,
  stateDir: string,
  name: string,
): Promise<OpenSink> {
  const { ensureKeyFile } = await import('@tenet-ledger/ghost');
  const { createChainSink, openDoor } = await import('../imports/index.js');
  const { systemSources } = await import('../platform/index.js');
  const signer = ensureKeyFile(join(stateDir, 'keys', 'producers', 'import.pem'));
  const { ledger, log, tenant, tagKey } = platform;
  await ledger.enrolKey({ publicKey: signer.publicKey, role: 'producer' });
  const door = openDoor(ledger, signer.keyId);
  return { sink: createChainSink({ ...systemSources(), door, log, signer, name }), tenant, tagKey, signal };
}
