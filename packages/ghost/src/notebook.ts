import type { Alternative } from '@tenet-ledger/record';
import { textOfAny } from './jsonText.js';
import { wellFormed } from './snapshot.js';
import type { DecideOptions } from './types.js';

export interface Bounds {
  readonly stepChars: number;
  /** Of all steps, of all alternatives, of all rules. */
  readonly chars: number;
  readonly outcomeChars: number;
  /** Of one list. It may claim to have four billion. */
  readonly items: number;
}

/** What is written down in a capture: of the 1 MiB that a record may take on the wire; one step as long as a replay reads one. */
export const CAPTURED: Bounds = { stepChars: 65_536, chars: 131_072, outcomeChars: 1_024, items: 10_000 };
/** A replay takes everything, and says of what is too much that it is. */
const UNBOUNDED: Bounds = { stepChars: Infinity, chars: Infinity, outcomeChars: Infinity, items: 1_000_000 };
const MAX_FAULTS = 4;

/** What an agent's code says about its decision while it runs. Takes whatever it is given and never throws. */
export class Notebook {
  readonly steps: string[] = [];
  readonly alternatives: Alternative[] = [];
  /** What could not be written down. */
  readonly faults: string[] = [];
  decided: { readonly outcome: unknown; readonly options: DecideOptions } | undefined;
  #left: number;

  constructor(readonly bounds: Bounds = UNBOUNDED) {
    this.#left = bounds.chars;
  }

  step(text: unknown): void {
    const { stepChars } = this.bounds;
    let said = typeof text === 'string' ? text : textOfAny(text, Math.min(stepChars, 65_536));
    if (said === undefined) return this.#fault('a reasoning step that is no text was dropped');
    if (said.length > stepChars) {
      said = said.slice(0, stepChars);
      this.#fault(`a reasoning step was cut to ${stepChars} characters`);
    }
    this.#left -= said.length;
    if (this.#left < 0) return this.#fault('reasoning steps found no room');
    this.steps.push(wellFormed(said));
  }

  alternative(alternative: Alternative): void {
    this.alternatives.push(alternative);
  }

  /** Said twice, the last one stands. */
  decide(outcome: unknown, options?: DecideOptions): void {
    this.decided = { outcome, options: typeof options === 'object' && options !== null ? options : {} };
  }

  #fault(what: string): void {
    if (this.faults.length < MAX_FAULTS && !this.faults.includes(what)) this.faults.push(what);
  }
}
