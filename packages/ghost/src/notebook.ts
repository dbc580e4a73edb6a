import type { Alternative } from '@tenet-ledger/record';
import { wellFormed } from './snapshot.js';
import type { DecideOptions } from './types.js';

/** What an agent's code says about its decision while it runs. */
export class Notebook {
  readonly steps: string[] = [];
  readonly alternatives: Alternative[] = [];
  decided: { readonly outcome: unknown; readonly options: DecideOptions } | undefined;

  step(text: unknown): void {
    this.steps.push(wellFormed(String(text)));
  }

  alternative(alternative: Alternative): void {
    this.alternatives.push(alternative);
  }

  /** Said twice, the last one stands. */
  decide(outcome: unknown, options: DecideOptions = {}): void {
    this.decided = { outcome, options };
  }
}
