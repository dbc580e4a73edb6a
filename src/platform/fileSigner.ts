import {
  EMPTY_ROOT,
  formatCheckpoint,
  formatVkey,
  fromBase64,
  NOTE_ED25519,
  openCheckpoint,
  parseVkey,
  signNote,
  toBase64,
  verifyConsistency,
} from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import {
  verifySync,
  type CheckpointSigner,
  type SignAnswer,
  type SignedHead,
  type SignRequest,
} from '../ledger/index.js';
import { createNodeSigner } from './nodeSigner.js';
import { SignerMemory, type Generation } from './signerMemory.js';

export interface FileSignerOptions {
  /** Its own folder, on storage that is never restored together with the database. */
  readonly dir: string;
  readonly origin: string;
  /** 32 bytes: the checkpoint key. */
  readonly secretKey: Uint8Array;
}

/**
 * Signs the head of one log and no other history of it: every head must be proved to extend the last one it signed. It trusts its
 * own memory and nothing it is told. Several processes may share the folder.
 */
export class FileCheckpointSigner implements CheckpointSigner {
  readonly vkey: string;
  readonly origin: string;
  readonly #memory: SignerMemory;
  readonly #key: ReturnType<typeof createNodeSigner>;
  /** The last memory that was found sound, and its head: it is looked at far more often than it changes. */
  #sound: { readonly memory: string; readonly head: SignedHead } | null = null;

  private constructor({ dir, origin, secretKey }: FileSignerOptions) {
    this.origin = origin;
    this.#memory = new SignerMemory(dir);
    this.#key = createNodeSigner(secretKey);
    this.vkey = formatVkey(origin, NOTE_ED25519, this.#key.publicKey);
  }

  /** For a new log. Keeps a memory that is there: the log may be half set up. */
  static async create(options: FileSignerOptions): Promise<FileCheckpointSigner> {
    const signer = new FileCheckpointSigner(options);
    await signer.#memory.create(options.origin, toBase64(EMPTY_ROOT));
    return FileCheckpointSigner.open(options);
  }

  /** Throws `ledger.signer_refused` when the memory is missing, damaged, or of another log or key. */
  static async open(options: FileSignerOptions): Promise<FileCheckpointSigner> {
    const signer = new FileCheckpointSigner(options);
    await signer.head();
    return signer;
  }

  async head(): Promise<SignedHead | null> {
    return this.#headOf(await this.#memory.read());
  }

  async sign(request: SignRequest): Promise<SignAnswer> {
    const held = await this.#memory.read();
    const head = this.#headOf(held);
    const refusal = refuse(request, head);
    if (refusal === 'replay' && head) return { ok: true, note: head.note, replayed: true };
    if (refusal !== null && refusal !== 'replay') return { ok: false, reason: refusal, head };
    const { size, root } = request;
    const text = formatCheckpoint({ origin: this.origin, size, root });
    const note = signNote(text, [{ name: this.origin, type: NOTE_ED25519, ...this.#noteKey() }]);
    const memory = { origin: this.origin, size, root: toBase64(root), note };
    // Durable before it is released: a note that this memory forgot could be followed by another history.
    if (await this.#memory.advance(held, memory)) return { ok: true, note, replayed: false };
    return { ok: false, reason: 'old-size', head: await this.head() };
  }

  #noteKey(): { publicKey: Uint8Array; sign: (message: Uint8Array) => Uint8Array } {
    const { publicKey, sign } = this.#key;
    return { publicKey, sign };
  }

  #headOf({ memory }: Generation): SignedHead | null {
    if (memory.origin !== this.origin) throw this.#unusable(`it is of ${memory.origin}`);
    if (memory.size === 0) return null;
    const text = JSON.stringify(memory);
    if (this.#sound?.memory === text) return this.#sound.head;
    try {
      const root = fromBase64(memory.root);
      const { checkpoint } = openCheckpoint(memory.note, [parseVkey(this.vkey)], verifySync);
      if (checkpoint.size !== memory.size || Buffer.compare(checkpoint.root, root) !== 0)
        throw new Error('another head');
      const head = { size: memory.size, root, note: memory.note };
      this.#sound = { memory: text, head };
      return head;
    } catch (cause) {
      throw this.#unusable(`its note is not one of this key for its head: ${(cause as Error).message}`, cause);
    }
  }

  #unusable(why: string, cause?: unknown): AppError {
    return new AppError(
      'ledger.signer_refused',
      `the memory of the signer of ${this.origin} cannot be used: ${why}`,
      { fix: 'check that state folder, tenant and checkpoint key belong together' },
      { cause },
    );
  }
}

type Refusal = Extract<SignAnswer, { ok: false }>['reason'];

/** What a witness asks (C2SP tlog-witness): the old size must be ours, and the proof must lead from our root to the new one. */
function refuse({ oldSize, size, root, consistency }: SignRequest, head: SignedHead | null): Refusal | 'replay' | null {
  const held = head ?? { size: 0, root: EMPTY_ROOT };
  if (size < held.size) return 'behind';
  if (size === held.size && head) return Buffer.compare(root, held.root) === 0 ? 'replay' : 'inconsistent';
  if (oldSize !== held.size) return 'old-size';
  const claim = { oldSize, size, oldRoot: held.root, root, proof: consistency };
  return size > 0 && verifyConsistency(claim) ? null : 'inconsistent';
}
