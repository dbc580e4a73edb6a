import type { GhostProblem, GhostStats } from '../types.js';
import { messageOf } from '../readDecision.js';
import type { AckCheckpoint } from './anchor.js';
import { backoffMs } from './backoff.js';
import type { Delivery, Draft, FlushResult, Sealed } from './delivery.js';
import type { BatchAnswer, Door, Settled } from './recordsDoor.js';
import { RecordTooLarge } from './sealer.js';

export interface MemoryDeliveryOptions {
  readonly seal: (draft: Draft) => Sealed;
  readonly door: Door;
  readonly problem: (problem: GhostProblem) => void;
  readonly checkpoint: (checkpoint: AckCheckpoint) => void;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly lingerMs: number;
  readonly maxQueued: number;
  readonly random: () => number;
}

/** Sealing is CPU on the caller's thread: it yields after this many records. */
const SEAL_SLICE = 32;
/** The server reads at most 8 MB a request. */
const MAX_REQUEST_BYTES = 7_500_000;

/**
 * Queue in memory, one request in flight, at least once. A record is out of here when the server has answered for it; whatever is
 * still here when the process ends is lost, and its sequence number shows that.
 */
export class MemoryDelivery implements Delivery {
  readonly #options: MemoryDeliveryOptions;
  readonly #drafts: Draft[] = [];
  /** Sealed, in sequence order, not yet answered for. */
  #sealed: Sealed[] = [];
  readonly #counts = { enqueued: 0, acknowledged: 0, duplicates: 0, refused: 0, dropped: 0 };
  #running = false;
  #linger: NodeJS.Timeout | undefined;
  #waiters: (() => void)[] = [];
  #flushing = 0;

  constructor(options: MemoryDeliveryOptions) {
    this.#options = options;
  }

  enqueue(draft: Draft): void {
    this.#counts.enqueued += 1;
    if (this.pending >= this.#options.maxQueued) {
      this.#counts.dropped += 1;
      this.#options.problem({
        code: 'ghost.queue_full',
        message: `${this.pending} records wait already; the newest is dropped`,
        id: draft.id,
      });
      return;
    }
    this.#drafts.push(draft);
    if (this.#drafts.length >= this.#options.maxRecords || this.#flushing > 0) this.#start();
    else this.#linger ??= setTimeout(() => this.#start(), this.#options.lingerMs).unref();
  }

  get pending(): number {
    return this.#drafts.length + this.#sealed.length;
  }

  stats(): GhostStats {
    return {
      ...this.#counts,
      spooled: 0,
      synced: 0,
      blockedMs: 0,
      spool: { dir: '', ephemeral: true, bytes: 0, segments: 0 },
      circuit: 'closed',
    };
  }

  /** Counts a record that never came to be sealed. */
  countRefused(): void {
    this.#counts.enqueued += 1;
    this.#counts.refused += 1;
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    this.#flushing += 1;
    this.#start();
    await new Promise<void>((resolve) => {
      // This timer is what keeps the process alive: sockets and retries do not.
      const timer = setTimeout(resolve, timeoutMs);
      this.#whenEmpty(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#flushing -= 1;
    return { pending: this.pending };
  }

  #whenEmpty(act: () => void): void {
    if (this.pending === 0) act();
    else this.#waiters.push(act);
  }

  #start(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#running) return;
    this.#running = true;
    void this.#pump().finally(() => {
      this.#running = false;
      for (const waiter of this.#waiters.splice(0)) this.#whenEmpty(waiter);
      if (this.#drafts.length > 0) this.#start();
    });
  }

  async #pump(): Promise<void> {
    let attempt = 0;
    while (this.pending > 0) {
      await this.#sealUpTo(this.#options.maxRecords, this.#options.maxBytes);
      const batch = fitting(this.#sealed, this.#options.maxRecords);
      if (batch.length === 0) continue;
      const answering = this.#options.door.send(batch);
      // The next batch is made while the server is busy with this one.
      const bytes = batch.reduce((sum, sealed) => sum + sealed.bytes, 0);
      await this.#sealUpTo(batch.length + this.#options.maxRecords, bytes + this.#options.maxBytes);
      const answer = await answering;
      if (answer.kind === 'settled' && this.#settle(batch, answer) > 0) {
        attempt = 0;
      } else if (answer.kind === 'rejected') {
        attempt = 0;
        await this.#isolate(batch, answer.problem);
      } else {
        attempt += 1;
        await this.#wait(attempt, answer);
      }
    }
  }

  async #wait(attempt: number, answer: BatchAnswer): Promise<void> {
    const later = answer.kind === 'later' ? answer : undefined;
    const problem = later?.problem ?? {
      code: 'ghost.delivery',
      message: 'the answer speaks of none of the records sent',
    };
    this.#options.problem({ ...problem, message: `${problem.message}; trying again (attempt ${attempt})` });
    const ms = backoffMs(attempt, later?.retryAfterMs, this.#options.random);
    await pause(ms);
  }

  /** Seals until so much is sealed. What was sealed and not answered for goes first, as the same bytes. */
  async #sealUpTo(maxRecords: number, maxBytes: number): Promise<void> {
    const { seal } = this.#options;
    let bytes = this.#sealed.reduce((sum, sealed) => sum + sealed.bytes, 0);
    let slice = 0;
    while (this.#sealed.length < maxRecords && bytes < maxBytes) {
      const draft = this.#drafts.shift();
      if (draft === undefined) break;
      try {
        const sealed = seal(draft);
        this.#sealed.push(sealed);
        bytes += sealed.bytes;
      } catch (error) {
        const code = error instanceof RecordTooLarge ? 'record.too_large' : 'record.invalid';
        this.#refuse({ id: draft.id, status: 'refused', code, message: messageOf(error) });
      }
      slice += 1;
      if (slice % SEAL_SLICE === 0) await pause(0);
    }
  }

  #settle(batch: readonly Sealed[], { results, checkpoint }: Extract<BatchAnswer, { kind: 'settled' }>): number {
    const settled = pairUp(batch, results);
    this.#sealed = this.#sealed.filter((sealed) => !settled.has(sealed));
    for (const result of settled.values()) {
      if (result.status === 'accepted' || result.status === 'duplicate') {
        this.#counts.acknowledged += 1;
        if (result.status === 'duplicate') this.#counts.duplicates += 1;
      } else this.#refuse(result);
    }
    if (checkpoint !== null) this.#options.checkpoint(checkpoint);
    return settled.size;
  }

  #refuse({ id, code, message, field, status }: Settled): void {
    this.#counts.refused += 1;
    this.#options.problem({
      code: code ?? `record.${status}`,
      message: message ?? `the server answered ${status}`,
      id,
      ...(field !== undefined && { field }),
    });
  }

  /** The server refused a whole request: each record is asked for alone, so that only the wrong ones are given up. */
  async #isolate(batch: readonly Sealed[], problem: GhostProblem): Promise<void> {
    for (const sealed of batch) {
      const answer =
        batch.length === 1 ? { kind: 'rejected' as const, problem } : await this.#options.door.send([sealed]);
      if (answer.kind === 'settled') this.#settle([sealed], answer);
      else if (answer.kind === 'rejected') {
        this.#sealed = this.#sealed.filter((one) => one !== sealed);
        this.#refuse({ id: sealed.id, status: 'refused', ...answer.problem });
      } else return this.#wait(1, answer);
    }
  }
}

/** Unref'd immediates would wait for the next event; unref'd timers fire on time while anything else is awake. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

function fitting(sealed: readonly Sealed[], maxRecords: number): readonly Sealed[] {
  let bytes = 0;
  let count = 0;
  for (const one of sealed) {
    bytes += one.bytes;
    if (count === maxRecords || (count > 0 && bytes > MAX_REQUEST_BYTES)) break;
    count += 1;
  }
  return sealed.slice(0, count);
}

/**
 * Answers come one per record, in order. An answer without an id is about the record in its place; otherwise the id decides, used up
 * in order, since one id can be in a batch twice.
 */
function pairUp(batch: readonly Sealed[], results: readonly Settled[]): ReadonlyMap<Sealed, Settled> {
  const pairs = new Map<Sealed, Settled>();
  const aligned = results.length === batch.length;
  const byId = new Map<string, Settled[]>();
  for (const result of results) byId.set(result.id, [...(byId.get(result.id) ?? []), result]);
  batch.forEach((sealed, i) => {
    const placed = aligned ? results[i] : undefined;
    const result = placed?.id === '' ? { ...placed, id: sealed.id } : byId.get(sealed.id)?.shift();
    if (result !== undefined) pairs.set(sealed, result);
  });
  return pairs;
}
