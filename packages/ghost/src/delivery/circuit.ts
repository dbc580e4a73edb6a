import { backoffMs } from './backoff.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** Failures in a row after which the server is only probed. */
const OPENS_AFTER = 5;

export interface Failure {
  readonly retryAfterMs: number | undefined;
  /** The API key is refused: nothing changes by asking soon. */
  readonly auth: boolean;
}

/** How the server has been lately, and how long to leave it alone. */
export class Circuit {
  readonly #probeMs: number;
  readonly #random: () => number;
  #failures = 0;
  #state: CircuitState = 'closed';

  constructor(probeMs: number, random: () => number) {
    this.#probeMs = probeMs;
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Before a request. true: it is a probe and should be small. */
  begin(): boolean {
    if (this.#state === 'open') this.#state = 'half-open';
    return this.#state === 'half-open';
  }

  /** The server has decided something. */
  answered(): void {
    this.#failures = 0;
    this.#state = 'closed';
  }

  /** Says how long to wait. */
  failed({ retryAfterMs, auth }: Failure): number {
    this.#failures += 1;
    if (auth || this.#failures >= OPENS_AFTER) this.#state = 'open';
    return auth ? this.#probeMs : backoffMs(this.#failures, retryAfterMs, this.#random);
  }
}
