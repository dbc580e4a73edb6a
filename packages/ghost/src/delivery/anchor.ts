import {
  fromBase64,
  jointVerify,
  openNote,
  parseCheckpoint,
  parseVkey,
  strictVerify,
  type Ed25519Verify,
  type Entry,
} from '@tenet-ledger/record';
import { nodeVerify } from '../identity/nodeKeys.js';
import type { GhostProblem } from '../types.js';

/** The checkpoint of an acknowledgement, as the server states it. */
export interface AckCheckpoint {
  readonly size: number;
  /** Standard base64. */
  readonly root: string;
  readonly note: string;
}

/**
 * The newest checkpoint this process has checked: signed by the log's key, and never smaller or other than one before.
 * Records cite it as `after`. Growth is checked by size alone: a log that forks above a cited size is found by whoever
 * holds both checkpoints.
 */
export class Anchor {
  #latest: Entry['after'];
  #lastNote: string | undefined;
  readonly #vkey: ReturnType<typeof parseVkey>;
  readonly #verify: Ed25519Verify;
  readonly #problem: (problem: GhostProblem) => void;

  constructor(
    vkey: string,
    problem: (problem: GhostProblem) => void,
    verify: Ed25519Verify = jointVerify(strictVerify, nodeVerify),
  ) {
    this.#vkey = parseVkey(vkey);
    this.#verify = verify;
    this.#problem = problem;
  }

  get latest(): Entry['after'] {
    return this.#latest;
  }

  offer(checkpoint: AckCheckpoint): void {
    if (checkpoint.note === this.#lastNote) return;
    const why = this.#check(checkpoint);
    if (why !== null) {
      this.#problem({ code: 'ghost.checkpoint', message: `the checkpoint of an acknowledgement is not used: ${why}` });
      return;
    }
    this.#lastNote = checkpoint.note;
    if (checkpoint.size > (this.#latest?.size ?? 0)) this.#latest = { size: checkpoint.size, root: checkpoint.root };
  }

  #check({ size, root, note }: AckCheckpoint): string | null {
    try {
      const { text, verified } = openNote(note, [this.#vkey], this.#verify);
      if (verified.length === 0) return 'it is not signed by the log';
      const signed = parseCheckpoint(text);
      if (signed.origin !== this.#vkey.name) return `it is of another log, ${signed.origin}`;
      if (signed.size !== size || !Buffer.from(signed.root).equals(fromBase64(root)))
        return 'it states another head than it signs';
      const held = this.#latest;
      if (held !== undefined && size < held.size) return `the log shrank from ${held.size} to ${size}`;
      if (held !== undefined && size === held.size && root !== held.root)
        return `two heads of size ${size}: the log has forked`;
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
