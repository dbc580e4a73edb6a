import type { PipelineStats } from './pipelinePort.js';

/**
 * How far this producer's records are. They are numbered as their `seq` is; what the producer said about itself is numbered too and
 * counted nowhere, so that the numbers add up to what the caller gave.
 */
export class OwnRecords {
  readonly #counts = { spooled: 0, acknowledged: 0, duplicates: 0, refused: 0 };
  #last = 0;
  #settled = 0;
  /** Numbers of the producer's own records: all, and those without an answer. */
  readonly #own: number[] = [];
  readonly #ownOpen = new Set<number>();
  #ownSynced = 0;
  #waiters: { readonly target: number; readonly done: () => void }[] = [];

  spooled(): void {
    this.#last += 1;
    this.#counts.spooled += 1;
  }

  spooledOwn(number: number): void {
    this.#last += 1;
    this.#own.push(number);
    this.#ownOpen.add(number);
  }

  refused(): void {
    this.#counts.refused += 1;
  }

  answered(number: number, status: 'accepted' | 'duplicate' | 'conflict' | 'refused'): void {
    if (this.#ownOpen.delete(number)) return;
    if (status === 'refused' || status === 'conflict') this.#counts.refused += 1;
    else this.#counts.acknowledged += 1;
    if (status === 'duplicate') this.#counts.duplicates += 1;
  }

  /** So many more, in order, will never be asked about again. */
  settle(count: number): void {
    this.#settled += count;
    for (const waiter of this.#waiters) if (this.#settled >= waiter.target) waiter.done();
  }

  /** So many can't be sent. */
  lose(count: number): void {
    this.#counts.refused += count;
    this.settle(count);
  }

  get pending(): number {
    return this.#last - this.#settled;
  }

  get waited(): boolean {
    return this.#waiters.length > 0;
  }

  /** Until what is spooled now is settled. This timer is what keeps the process alive: sockets and retries do not. */
  async wait(timeoutMs: number): Promise<number> {
    const target = this.#last;
    if (this.#settled < target) {
      let wake = (): void => undefined;
      const waiting = new Promise<void>((resolve) => (wake = resolve));
      const timer = setTimeout(wake, timeoutMs);
      const waiter = { target, done: wake };
      this.#waiters.push(waiter);
      await waiting;
      clearTimeout(timer);
      this.#waiters = this.#waiters.filter((one) => one !== waiter);
    }
    return Math.max(0, target - this.#settled);
  }

  counts(synced: number): Pick<PipelineStats, 'spooled' | 'synced' | 'acknowledged' | 'duplicates' | 'refused'> {
    while ((this.#own[this.#ownSynced] ?? Infinity) <= synced) this.#ownSynced += 1;
    return { ...this.#counts, synced: synced - this.#ownSynced };
  }
}
