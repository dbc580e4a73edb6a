import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { discloseFields, signEntry, type Entry, type Json, type Submission } from '@tenet-ledger/record';
import { ghost, signerFromKeyFile, type Identity } from '@tenet-ledger/ghost';
import type { Stack } from '../src/runtime/index.js';

const nodeSha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

export async function enrolled(stack: Stack, name: string): Promise<Identity> {
  const { apiKey: token } = await stack.stores.apiKeys.mint({ scopes: ['enrol'], label: name, singleUse: true });
  return ghost.enrol({
    endpoint: stack.apiUrl,
    token,
    keyFile: join(stack.services.folder.dir, 'keys', 'producers', `${name}.pem`),
  });
}

/** Signed records of 12 fields and about 1.5 KB in S, as a producer makes them. */
export function makeRecords(identity: Identity, count: number): Submission[] {
  const signer = signerFromKeyFile(identity.keyFile);
  const producer = `prd_bench_${randomBytes(6).toString('hex')}`;
  const records: Submission[] = [];
  let prev: string | undefined;
  for (let seq = 1; seq <= count; seq += 1) {
    const { fields, disclosures } = discloseFields(fieldsOf(seq), () => randomBytes(16), nodeSha256);
    const entry: Entry = {
      v: 1,
      log: identity.log,
      kind: 'decision',
      type: 'bench.append',
      id: `dec_bench_${producer}_${seq}`,
      agent: 'bench@1.0.0',
      links: ['a', 'b', 'c'].map((rel) => ({ rel, id: `bench-${rel.repeat(110)}` })),
      producer: { id: producer, kid: identity.kid, seq, ...(prev === undefined ? {} : { prev }) },
      occurred_at: new Date().toISOString(),
      fields,
    };
    const signed = signEntry(entry, signer, nodeSha256);
    prev = signed.sHash;
    records.push({ leaf: signed.leaf, disclosures });
  }
  return records;
}

function fieldsOf(seq: number): { path: string; value: Json }[] {
  return [
    { path: '/intent/goal', value: 'decide on a consumer credit application' },
    { path: '/intent/origin', value: 'scheduler' },
    { path: '/intent/session', value: 'bench' },
    { path: '/context/inputs', value: { id: String(seq), amount: 1000 + seq, duration: 24, purpose: 'car' } },
    { path: '/reasoning/0', value: `The checking account balance is little, which adds ${seq % 7} points.` },
    { path: '/reasoning/1', value: 'Savings are recorded as little, which adds 2 points.' },
    { path: '/alternatives', value: [] },
    { path: '/decision/outcome', value: 'approve' },
    { path: '/decision/confidence', value: 0.9 },
    { path: '/provenance/agent', value: 'bench' },
    { path: '/provenance/version', value: '1.0.0' },
    { path: '/provenance/sdk', value: 'bench' },
  ];
}
