import { hash, randomBytes } from 'node:crypto';
import {
  flattenRecord,
  makeDisclosure,
  signEntry,
  type Entry,
  type Field,
  type RecordSigner,
  type Sha256,
} from '@tenet-ledger/record';
import type { Draft, Sealed } from './delivery.js';
import { lighter } from './lighter.js';

export interface SealerOptions {
  readonly log: string;
  readonly signer: RecordSigner;
  readonly producer: string;
  /** A checkpoint seen and checked, to cite as a lower bound in time. */
  readonly after: () => Entry['after'] | undefined;
  /** `count` × 16 bytes from a CSPRNG. */
  readonly salts?: (bytes: number) => Uint8Array;
}

const SALT_BYTES = 16;
/** The server takes records of at most 1 MiB. */
export const MAX_RECORD_BYTES = 1_048_576;

export class RecordTooLarge extends Error {}

const sha256: Sha256 = Object.assign((data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer'), {
  base64UrlOf: (ascii: string): string => hash('sha256', ascii, 'base64url'),
});

/**
 * Draft → signed leaf and disclosures. Owns this producer's chain: a draft that can't be sealed throws and takes no
 * sequence number, so it leaves no gap; one that is lost afterwards leaves a gap that can be proved.
 */
export class Sealer {
  #seq = 0;
  #prev: string | undefined;
  readonly #options: SealerOptions;
  readonly #salts: (bytes: number) => Uint8Array;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#salts = options.salts ?? saltPool();
  }

  /**
   * A record that is too large is sealed without its tape, then without its input, and says so: the decision is not lost. Where `keep` says no, the
   * record is in no spool and its number goes to the next.
   */
  seal(draft: Draft, keep: (sealed: Sealed) => boolean = () => true): Sealed {
    const { sealed, sHash } = this.#sealFitting(draft);
    if (keep(sealed)) {
      this.#seq += 1;
      this.#prev = sHash;
    }
    return sealed;
  }

  /** Records sealed and kept. */
  get seq(): number {
    return this.#seq;
  }

  #sealFitting(draft: Draft): SealedAs {
    try {
      return this.#seal(draft);
    } catch (error) {
      let last: unknown = error;
      for (const lean of lighter(draft)) {
        try {
          return this.#seal(lean);
        } catch (again) {
          last = again;
          // Whatever else is wrong with it, leaving more out does not help.
          if (!(again instanceof RecordTooLarge)) break;
        }
      }
      throw last;
    }
  }

  #seal(draft: Draft): SealedAs {
    const { log, signer, producer, after } = this.#options;
    const list = fieldsOf(draft);
    const salts = this.#salts(list.length * SALT_BYTES);
    const disclosures: string[] = [];
    const fields: Record<string, string> = {};
    list.forEach(({ path, value }, i) => {
      const salt = salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);
      const { disclosure, digest } = makeDisclosure(path, value, salt, sha256);
      disclosures.push(disclosure);
      fields[path] = digest;
    });
    const seq = this.#seq + 1;
    const cited = after();
    const entry: Entry = {
      v: 1,
      log,
      kind: draft.kind,
      type: draft.type,
      id: draft.id,
      agent: draft.agent,
      links: draft.links,
      producer: { id: producer, kid: signer.keyId, seq, ...(this.#prev !== undefined && { prev: this.#prev }) },
      occurred_at: draft.occurredAt,
      ...(cited !== undefined && { after: cited }),
      ...(draft.subject !== undefined && { subject: draft.subject }),
      fields,
    };
    const { leaf, sHash } = signEntry(entry, signer, sha256);
    // base64url needs no escapes, and leaf and disclosures are ASCII: characters are bytes.
    const line = `{"leaf":${JSON.stringify(leaf)},"disclosures":[${disclosures.map((one) => `"${one}"`).join(',')}]}`;
    if (line.length >= MAX_RECORD_BYTES) {
      throw new RecordTooLarge(`the record takes ${line.length} bytes of at most ${MAX_RECORD_BYTES}`);
    }
    return { sealed: { id: draft.id, line }, sHash };
  }
}

interface SealedAs {
  readonly sealed: Sealed;
  readonly sHash: string;
}

function fieldsOf(draft: Draft): readonly Field[] {
  if ('fields' in draft) return draft.fields;
  const { record, splitInputs } = draft;
  return flattenRecord(record, splitInputs === undefined ? {} : { splitInputs });
}

/** Asking the system for 400 bytes costs as much as for 16 KiB. Every byte is handed out once. */
function saltPool(): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    if (pool.length < bytes) pool = randomBytes(Math.max(bytes, 16_384));
    const taken = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return taken;
  };
}
