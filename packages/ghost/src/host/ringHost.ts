import { performance } from 'node:perf_hooks';
import type { GhostProblem } from '../config.js';
import type { Draft, FlushResult } from '../delivery/delivery.js';
import type { DropPolicy, Pipeline, PipelineStats } from '../delivery/pipelinePort.js';
import { Claim, Control, takeOver, Word } from './control.js';
import type { Host, HostStats } from './host.js';
import type { InlineSeat } from './inlineSeat.js';
import { Ring } from './ring.js';
import { SeatGone, type Seat } from './seat.js';
import type { FullPolicy } from './settings.js';
import { ThreadSeat, type ThreadSeatOptions } from './threadSeat.js';
import { workParts } from './workParts.js';

export interface RingHostOptions {
  readonly ringBytes: number;
  readonly full: FullPolicy;
  /** A pipeline on the caller's thread: inline, in `exit`, and where the thread is gone for good. */
  readonly pipeline: () => Pipeline;
  /** undefined: no thread is wanted. */
  readonly startThread: ((memory: SharedArrayBuffer) => ReturnType<ThreadSeatOptions['start']>) | undefined;
  readonly problem: (problem: GhostProblem) => void;
  /** Runs something outside the agent's async context: what delivery does later is not the agent's doing. */
  readonly detached: <T>(act: () => T) => T;
}

/** A thread that keeps dying is not started again. */
const MAX_RESTARTS = 3;
const SAY_DROPS_EVERY_MS = 1_000;
/** In `exit`: a thread in the middle of one record gets so long to be done with it. */
const HAND_OVER_MS = 500;

/** A ring, and somebody who empties it: nobody before the first draft, then a thread or this one. */
export class RingHost implements Host {
  readonly #options: RingHostOptions;
  readonly #memory: SharedArrayBuffer;
  readonly #ring: Ring;
  readonly #control: Control;
  readonly #blockMs: number;
  #seat: Seat | undefined;
  #enqueued = 0;
  #blockedMs = 0;
  #restarts = 0;
  /** Nothing is taken any more. */
  #ending = false;
  #closed = false;
  #drops = { said: -Infinity, since: 0 };
  /** Counts of threads that died: their records are theirs no more. */
  #before = { spooled: 0, synced: 0, acknowledged: 0, duplicates: 0, refused: 0, dropped: 0 };

  constructor(options: RingHostOptions) {
    this.#options = options;
    this.#memory = Ring.memory(options.ringBytes);
    this.#ring = new Ring(this.#memory);
    this.#control = new Control(this.#memory);
    this.#blockMs = options.full === 'drop-newest' ? 0 : options.full.block;
  }

  offer(draft: Draft | string): boolean {
    this.#enqueued += 1;
    if (this.#ending) return this.#drop('drop-newest', 'ghost is closed', 'ghost.closed');
    const text = typeof draft === 'string' ? draft : JSON.stringify(draft);
    const taken = this.#ring.offer(text);
    const seat = (this.#seat ??= this.#options.detached(() => this.#takeSeat()));
    if (!taken && !this.#insist(text, seat)) return false;
    if (!seat.awake) this.#options.detached(() => seat.wake());
    return true;
  }

  /** The ring has no room. */
  #insist(text: string, seat: Seat): boolean {
    if (!this.#ring.fits(text)) return this.#drop('too-large', 'larger than half the ring (ringBytes)');
    if (this.#blockMs === 0) return this.#drop('drop-newest', 'the ring is full');
    const from = performance.now();
    let taken = false;
    for (let left = this.#blockMs; !taken && left > 0; left = this.#blockMs - (performance.now() - from)) {
      seat.makeRoom(left);
      taken = this.#ring.offer(text);
    }
    this.#blockedMs += performance.now() - from;
    return taken || this.#drop('block', `the ring was full for ${this.#blockMs} ms`);
  }

  #drop(
    policy: DropPolicy,
    why: string,
    code = policy === 'too-large' ? 'ghost.too_large' : 'ghost.queue_full',
  ): false {
    this.#control.drop(policy);
    this.#drops.since += 1;
    const now = performance.now();
    if (now - this.#drops.said >= SAY_DROPS_EVERY_MS) {
      const count = this.#drops.since;
      this.#drops = { said: now, since: 0 };
      const message = `${why}: ${count} ${count === 1 ? 'record is' : 'records are'} dropped and counted`;
      this.#options.problem({ code, message });
    }
    return false;
  }

  #takeSeat(): Seat {
    const { startThread, problem } = this.#options;
    if (startThread === undefined || this.#restarts > MAX_RESTARTS) return this.#inline();
    try {
      return new ThreadSeat({
        ring: this.#ring,
        control: this.#control,
        start: () => startThread(this.#memory),
        problem,
        died: (why) => this.#restart(why),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problem({ code: 'ghost.thread', message: `no thread: ${why}. Records are signed on the caller's thread` });
      return this.#inline();
    }
  }

  #inline(): InlineSeat {
    const { Consumer, InlineSeat } = workParts();
    const pipeline = this.#options.pipeline();
    return new InlineSeat(
      new Consumer({
        ring: this.#ring,
        control: this.#control,
        pipeline,
        waitForSpool: this.#blockMs > 0,
        alone: true,
      }),
      pipeline,
    );
  }

  /** The ring is as the thread left it; what it had under way is at most one record, and that is taken again. */
  #restart(why: string): void {
    if (this.#closed) return;
    const { spooled, synced, acknowledged, duplicates, refused, dropped } = this.stats();
    const counted = dropped - this.#control.waitingDrops;
    this.#before = { spooled, synced, acknowledged, duplicates, refused, dropped: counted };
    this.#restarts += 1;
    const last = this.#restarts > MAX_RESTARTS;
    const next = last ? "Records are signed on the caller's thread from now on" : 'It is started again';
    this.#options.problem({ code: 'ghost.thread', message: `the thread is gone: ${why}. ${next}` });
    this.#control.store(Word.ready, 0);
    this.#control.store(Word.claim, Claim.free);
    this.#control.clear();
    this.#seat = this.#takeSeat();
    this.#seat.wake();
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    return this.#flush(timeoutMs, { keepAlive: true, last: false });
  }

  async close(timeoutMs: number): Promise<FlushResult> {
    this.#ending = true;
    const result = await this.#flush(timeoutMs, { keepAlive: true, last: true });
    this.closeNow();
    return result;
  }

  async #flush(
    timeoutMs: number,
    { keepAlive, last }: { readonly keepAlive: boolean; readonly last: boolean },
  ): Promise<FlushResult> {
    const until = performance.now() + timeoutMs;
    const { end } = this.#ring;
    while (this.#seat !== undefined && !this.#closed) {
      const left = Math.max(0, until - performance.now());
      const result = await settledOr(this.#seat.flush(left, { end, last }), left, keepAlive);
      if (result !== 'gone') return result ?? { pending: this.#pending };
    }
    return { pending: this.#pending };
  }

  get #pending(): number {
    const { enqueued, acknowledged, refused, dropped } = this.stats();
    return Math.max(0, enqueued - acknowledged - refused - dropped);
  }

  #pipelineStats(): PipelineStats {
    return this.#control.read(this.#seat?.texts() ?? { dir: '' });
  }

  stats(): HostStats {
    const now = this.#pipelineStats();
    const was = this.#before;
    return {
      enqueued: this.#enqueued,
      spooled: now.spooled + was.spooled,
      synced: now.synced + was.synced,
      acknowledged: now.acknowledged + was.acknowledged,
      refused: now.refused + was.refused,
      duplicates: now.duplicates + was.duplicates,
      dropped: now.dropped + was.dropped + this.#control.waitingDrops,
      blockedMs: this.#blockedMs,
      spool: now.spool,
      circuit: now.circuit,
      ...(now.lastError && { lastError: now.lastError }),
    };
  }

  retire(timeoutMs: number): void {
    void this.#flush(timeoutMs, { keepAlive: false, last: false }).then(() => {
      if (this.#closed) return;
      this.#ending = true;
      this.#closed = true;
      this.#seat?.end();
    });
  }

  closeNow(): void {
    if (this.#closed) return;
    this.#ending = true;
    this.#closed = true;
    if (this.#seat === undefined || this.#seat.finish()) return;
    takeOver(this.#control, HAND_OVER_MS);
    this.#inline().finish();
  }
}

/** undefined: not in time. A timer is all that keeps the process alive, and only where that is wanted. */
async function settledOr(
  flush: Promise<FlushResult>,
  timeoutMs: number,
  keepAlive: boolean,
): Promise<FlushResult | 'gone' | undefined> {
  let timer: NodeJS.Timeout | undefined;
  // Later than the seat's own: its answer says more.
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs + 100);
    if (!keepAlive) timer.unref();
  });
  try {
    return await Promise.race([flush, late]);
  } catch (error) {
    if (error instanceof SeatGone) return 'gone';
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
