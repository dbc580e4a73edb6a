import type { Draft } from './delivery.js';
import type { DropPolicy } from './pipelinePort.js';
import { SDK } from '../sdk.js';

/** At most one `capture.dropped` in so long, and one at the end. */
const EVERY_MS = 1_000;
/** The first of a burst waits for its company. */
const SETTLE_MS = 20;

export interface DropCounterOptions {
  readonly session: string;
  readonly newId: () => string;
  readonly now: () => number;
  /** Spools the record; false: there was no room, and it is tried again. */
  readonly spool: (draft: Draft) => boolean;
}

/** Counts what never got into the spool and has it said in a signed record: the ledger knows how much is missing. */
export class DropCounter {
  readonly #options: DropCounterOptions;
  #total = 0;
  #said = 0;
  #saidAt = -Infinity;
  #since = 0;
  #until = 0;
  #policy: DropPolicy = 'drop-newest';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DropCounterOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.#total;
  }

  add(count: number, policy: DropPolicy): void {
    const now = this.#options.now();
    if (this.#total === this.#said) this.#since = now;
    this.#total += count;
    this.#until = now;
    this.#policy = policy;
    this.#arm(Math.max(SETTLE_MS, Math.min(EVERY_MS, this.#saidAt + EVERY_MS - now)));
  }

  /** Now, if there is something to say. */
  say(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#total === this.#said) return;
    const { session, now, spool } = this.#options;
    const total = this.#total;
    const kept = spool(
      captureDraft('capture.dropped', this.#options, {
        dropped: total,
        since: new Date(this.#since).toISOString(),
        until: new Date(this.#until).toISOString(),
        policy: this.#policy,
        session,
      }),
    );
    this.#saidAt = now();
    if (kept) this.#said = total;
    else this.#arm(EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer ??= setTimeout(() => this.say(), ms).unref();
  }
}

/** What a producer says about its own capture; record format §2.3. */
export function captureDraft(
  type: 'capture.dropped' | 'capture.closed',
  { newId, now }: Pick<DropCounterOptions, 'newId' | 'now'>,
  said: Readonly<Record<string, string | number>>,
): Draft {
  return {
    kind: 'capture',
    type,
    id: newId(),
    agent: SDK.replace('/', '@'),
    links: [],
    occurredAt: new Date(now()).toISOString(),
    fields: Object.entries(said).map(([name, value]) => ({ path: `/capture/${name}`, value })),
  };
}
