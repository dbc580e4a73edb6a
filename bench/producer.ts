import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { discloseFields, signEntry, type Entry, type Json, type RecordSigner, type Sha256 } from '@tenet-ledger/record';
import { ghost, signerFromKeyFile, type Identity } from '@tenet-ledger/ghost';
import type { Stack } from '../src/runtime/index.js';

const nodeSha256: Sha256 = Object.assign((data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer'), {
  base64UrlOf: (ascii: string): string => hash('sha256', ascii, 'base64url'),
});

export async function enrolled(stack: Stack, name: string): Promise<Identity> {
  const { apiKey: token } = await stack.stores.apiKeys.mint({ scopes: ['enrol'], label: name, singleUse: true });
  return ghost.enrol({
    endpoint: stack.apiUrl,
    token,
    keyFile: join(stack.services.folder.dir, 'keys', 'producers', `${name}.pem`),
  });
}

export interface Sealed {
  readonly id: string;
  /** One line of a request. */
  readonly line: string;
}

/** As many people as records are about: each has a sealing key of their own. */
const SUBJECTS = 5_000;

/** Signed records of 12 fields and about 1.5 KB in S, made as the SDK's sealer makes them. */
export class Producer {
  readonly #identity: Identity;
  readonly #signer: RecordSigner;
  readonly #id = `prd_bench_${randomBytes(6).toString('hex')}`;
  readonly #salt = saltPool();
  #seq = 0;
  #prev: string | undefined;
  /** The newest checkpoint an acknowledgement carried: what the next records cite. */
  after: Entry['after'];

  constructor(identity: Identity) {
    this.#identity = identity;
    this.#signer = signerFromKeyFile(identity.keyFile);
  }

  seal(): Sealed {
    const { log, kid } = this.#identity;
    const seq = this.#seq + 1;
    const { fields, disclosures } = discloseFields(fieldsOf(seq), this.#salt, nodeSha256);
    const id = `dec_bench_${this.#id}_${seq}`;
    const subject = hash('sha256', `customer ${seq % SUBJECTS}`, 'base64url');
    const entry: Entry = {
      v: 1,
      log,
      kind: 'decision',
      type: 'bench.append',
      id,
      agent: 'bench@1.0.0',
      links: [
        { rel: 'parent', id: `dec_bench_${this.#id}_affordability-${seq}` },
        { rel: 'follows', id: `dec_bench_${this.#id}_identity-${seq}` },
      ],
      producer: { id: this.#id, kid, seq, ...(this.#prev === undefined ? {} : { prev: this.#prev }) },
      occurred_at: new Date().toISOString(),
      ...(this.after === undefined ? {} : { after: this.after }),
      subject,
      fields,
    };
    const { leaf, sHash } = signEntry(entry, this.#signer, nodeSha256);
    this.#seq = seq;
    this.#prev = sHash;
    return {
      id,
      line: `{"leaf":${JSON.stringify(leaf)},"disclosures":[${disclosures.map((one) => `"${one}"`).join(',')}]}`,
    };
  }
}

function saltPool(): () => Uint8Array {
  let pool = new Uint8Array(0);
  return () => {
    if (pool.length === 0) pool = new Uint8Array(randomBytes(16_384));
    const salt = pool.subarray(0, 16);
    pool = pool.subarray(16);
    return salt;
  };
}

function fieldsOf(seq: number): { path: string; value: Json }[] {
  return [
    { path: '/intent/goal', value: 'decide on a consumer credit application' },
    { path: '/intent/session', value: 'bench' },
    { path: '/context/inputs/checking_account_balance', value: 'little' },
    { path: '/context/inputs', value: { id: String(seq), amount: 1000 + seq, duration: 24, purpose: 'car' } },
    { path: '/reasoning/0', value: `The checking account balance is little, which adds ${seq % 7} points.` },
    { path: '/reasoning/1', value: 'Savings are recorded as little, which adds 2 points.' },
    { path: '/alternatives', value: [] },
    { path: '/decision/outcome', value: 'approve' },
    { path: '/decision/confidence', value: 0.9 },
    { path: '/context/externalVersions', value: { scorecard: '2026-11' } },
    { path: '/provenance/promptVersion', value: '14' },
    { path: '/provenance/codeDigest', value: 'f'.repeat(64) },
  ];
}
