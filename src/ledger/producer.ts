import {
  discloseFields,
  signEntry,
  type Entry,
  type RecordSigner,
  type SignedLeaf,
  type Submission,
} from '@tenet-ledger/record';
import { nodeSha256 } from './hash.js';
import type { NewEntry } from './service.js';

export interface Sources {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Unique and sortable by time: a ULID. */
  readonly newId: () => string;
}

export interface ProducerDeps extends Sources {
  readonly log: string;
  readonly signer: RecordSigner;
}

export interface Draft extends NewEntry {
  readonly id: string;
}

/**
 * The platform's own chain: seq from 1, prev = hash of the S before. One chain per process. `renew` starts another after a failure
 * whose outcome is unknown: a number must never be signed twice with other bytes.
 */
export class Producer {
  readonly #deps: ProducerDeps;
  #id: string;
  #seq = 0;
  #prev: string | undefined;

  constructor(deps: ProducerDeps) {
    this.#deps = deps;
    this.#id = `prd_${deps.newId()}`;
  }

  renew(): void {
    this.#id = `prd_${this.#deps.newId()}`;
    this.#seq = 0;
    this.#prev = undefined;
  }

  /** Signs and moves the chain on. The caller stores it or calls `renew`. */
  sign(draft: Draft, after: Entry['after'] | undefined): Submission {
    const { log, signer, now, randomBytes } = this.#deps;
    const { fields, disclosures } = discloseFields(draft.fields, () => randomBytes(16), nodeSha256);
    const entry: Entry = {
      v: 1,
      log,
      kind: draft.kind,
      type: draft.type,
      id: draft.id,
      agent: draft.agent ?? 'platform',
      links: draft.links ?? [],
      producer: {
        id: this.#id,
        kid: signer.keyId,
        seq: this.#seq + 1,
        ...(this.#prev === undefined ? {} : { prev: this.#prev }),
      },
      occurred_at: draft.occurredAt ?? new Date(now()).toISOString(),
      ...(after === undefined ? {} : { after }),
      ...(draft.subject === undefined ? {} : { subject: draft.subject }),
      fields,
    };
    const signed: SignedLeaf = signEntry(entry, signer, nodeSha256);
    this.#seq += 1;
    this.#prev = signed.sHash;
    return { leaf: signed.leaf, disclosures };
  }
}
