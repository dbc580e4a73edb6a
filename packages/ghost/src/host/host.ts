import type { Draft, FlushResult } from '../delivery/delivery.js';
import type { GhostStats } from '../config.js';

/** The numbers of {@link GhostStats} that a host knows; the client adds what never came this far. */
export type HostStats = GhostStats;

/** Takes drafts from the caller and brings them to a pipeline, here or on another thread. */
export interface Host {
  /** Takes the draft at once, or waits by policy. False: it was dropped and counted. */
  offer(draft: Draft | string): boolean;
  /** Waits until all that was offered is answered for. Keeps the process alive while it waits. */
  flush(timeoutMs: number): Promise<FlushResult>;
  /** As `flush`, with the producer's last words: nothing is taken from then on. The spool is closed when it resolves. */
  close(timeoutMs: number): Promise<FlushResult>;
  stats(): HostStats;
  /** Lets the work go on in the background until all is sent or `timeoutMs` are over, then ends. Never keeps the process alive. */
  retire(timeoutMs: number): void;
  /** In `exit`: everything that was offered is in the spool when it returns. Later calls do nothing. */
  closeNow(): void;
}
