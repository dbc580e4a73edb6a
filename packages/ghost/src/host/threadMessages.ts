import type { GhostProblem } from '../config.js';
import type { Flushed, SeatTexts } from './seat.js';
import type { PlainSettings } from './settings.js';

/** What the thread is started with. All of it is data. */
export interface ThreadData {
  readonly memory: SharedArrayBuffer;
  readonly settings: PlainSettings;
  readonly waitForSpool: boolean;
}

export interface FlushRequest extends Flushed {
  readonly flush: number;
  readonly timeoutMs: number;
}

export type ThreadReport =
  | { readonly kind: 'problem'; readonly problem: GhostProblem }
  | { readonly kind: 'texts'; readonly texts: SeatTexts }
  | { readonly kind: 'flushed'; readonly flush: number; readonly pending: number };
