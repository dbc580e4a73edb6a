import type { TapeEntry } from '@tenet-ledger/record';
import { Tape, type TapeStart } from '../capture/tape.js';
import type { CallOutcome } from '../scope.js';

/** Calls answered live in a re-run. They join the pool of the decision, so that the next re-run finds them. */
export class LiveTape {
  readonly #tape: Tape;

  constructor(elapsed: () => number) {
    this.#tape = new Tape(elapsed);
  }

  start(call: TapeStart): CallOutcome {
    return this.#tape.start(call);
  }

  /** Complete answers only: a failure of the moment must not be served to others. */
  entries(): readonly TapeEntry[] {
    return this.#tape.entries().filter((entry) => entry.error === undefined);
  }
}
