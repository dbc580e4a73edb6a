import type { FlushResult } from '../delivery/delivery.js';

/** Where the ring is emptied: a thread of its own, or the caller's thread between its own work. */
export interface Seat {
  /** Looks at the ring before long, without being told. */
  readonly awake: boolean;
  wake(): void;
  /** Policy `block`: returns when there is room in the ring, or after so long. */
  makeRoom(ms: number): void;
  /** Rejects with {@link SeatGone} where the thread died meanwhile; never otherwise. */
  flush(timeoutMs: number, what: Flushed): Promise<FlushResult>;
  /** `dir` of the spool and the last error, as far as they are known. */
  texts(): SeatTexts;
  /** Synchronous: everything into the spool, and the spool closed. False where this seat can't and has done nothing. */
  finish(): boolean;
  /** Ends in its own time, without holding up anybody. */
  end(): void;
}

/** What is waited for: all that was offered before this end of the ring, and the producer's last words if these were the last. */
export interface Flushed {
  readonly end: number;
  readonly last: boolean;
}

export interface SeatTexts {
  readonly dir: string;
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: string };
}

export class SeatGone extends Error {}
