/** Ports of the append path. Implemented in db/ (Postgres) and in the signer; the domain itself does no I/O. */

/**
 * Signs checkpoints. A separate party: it holds its own last head, durably, on storage that is never restored with the
 * database, and demands a consistency proof from it. The interface is that of a remote process.
 */
export interface CheckpointSigner {
  /** Signed-note verifier key of the log, "name+hash+base64". */
  readonly vkey: string;
  readonly origin: string;
  /** The head this signer last signed, or null before the first. */
  head(): Promise<SignedHead | null>;
  sign(request: SignRequest): Promise<SignAnswer>;
}

export interface SignedHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly note: string;
}

export interface SignRequest {
  /** Size the proof starts from: must be the signer's own last size (0 before the first). */
  readonly oldSize: number;
  readonly size: number;
  readonly root: Uint8Array;
  /** RFC 6962 §2.1.2 consistency proof from oldSize to size. */
  readonly consistency: readonly Uint8Array[];
}

/** A refusal is data: the caller halts that tree. `replayed`: the same head was already signed, the same note is given. */
export type SignAnswer =
  | { readonly ok: true; readonly note: string; readonly replayed: boolean }
  | { readonly ok: false; readonly reason: 'behind' | 'inconsistent' | 'old-size'; readonly head: SignedHead | null };

/**
 * Keys that seal disclosures, one per (tenant, subject), outside the database and its back-ups. Destroying a key erases
 * everything sealed under it.
 */
export interface KeyStore {
  /** Existing or new key id and 32-byte key per subject tag; '' is the tenant's own key. Durable before it returns. */
  ensure(tenant: string, subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>;
  /** null for a destroyed or unknown key. */
  get(keyId: string): Promise<Uint8Array | null>;
  destroy(keyId: string): Promise<boolean>;
}

export interface SubjectKey {
  readonly keyId: string;
  readonly key: Uint8Array;
}
