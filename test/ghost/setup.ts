import { generateKeyPairSync } from 'node:crypto';
import { ghost, nodeSigner, type GhostConfig, type GhostProblem } from '@tenet-ledger/ghost';
import type { Json } from '@tenet-ledger/record';
import { trust, type ReceivedRecord, type RecordsApi } from '../support/recordsApi.js';

export interface Configured {
  readonly problems: GhostProblem[];
  readonly signer: ReturnType<typeof nodeSigner>;
}

/** Points the SDK of this test process at a records door; problems are collected. */
export function configureFor(api: RecordsApi, more: Partial<GhostConfig> = {}): Configured {
  const problems: GhostProblem[] = [];
  const signer = trust(nodeSigner(generateKeyPairSync('ed25519').privateKey));
  const config: GhostConfig = {
    endpoint: api.url,
    apiKey: 'tnt_test',
    signer,
    tenant: 'acme',
    log: 'ledger.test/acme',
    session: 'ses_test',
    onProblem: (problem) => void problems.push(problem),
    ...more,
    batch: { lingerMs: 5, ...more.batch },
  };
  if (!ghost.configure(config)) throw new Error(`not configured: ${problems[0]?.message ?? ''}`);
  return { problems, signer };
}

export const field = (record: ReceivedRecord | undefined, path: string): Json | undefined => record?.fields.get(path);

/** Waits for everything and gives what the server has. */
export async function delivered(api: RecordsApi): Promise<readonly ReceivedRecord[]> {
  const { pending } = await ghost.flush({ timeout: 10_000 });
  if (pending > 0) throw new Error(`${pending} records still wait`);
  return api.received;
}
