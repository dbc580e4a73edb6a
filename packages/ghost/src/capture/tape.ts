import type { EffectClass, Json, TapeEntry } from '@tenet-ledger/record';
import { messageOf } from '../readDecision.js';
import type { CallOutcome } from '../scope.js';
import { MAX_VALUE_CHARS, snapshot } from '../snapshot.js';

export const MAX_TAPE_ENTRIES = 4096;
/** Of the 1 MiB that a record may take on the wire, in base64 and beside its inputs and reasoning. */
export const MAX_TAPE_CHARS = 393_216;

/** Codes of entries whose answer is not on the tape; replay refuses the call instead of guessing. */
export const NOT_KEPT = 'tape.not_kept';
export const UNFINISHED = 'tape.unfinished';

export interface TapeStart {
  readonly kind: TapeEntry['kind'];
  readonly name: string;
  readonly effect: EffectClass;
  readonly key: string;
  readonly args: Json;
}

const REFUSED: CallOutcome = { finish: () => undefined, fail: () => undefined };

/** The tape of one decision, in order of call starts. */
export class Tape {
  readonly #entries: TapeEntry[] = [];
  readonly #started: number;
  readonly #clock: () => number;
  readonly #damages: string[] = [];
  #chars = 0;
  #lost = 0;
  #open = 0;

  /** `clock` is monotonic, in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#started = clock();
  }

  /** `chars`: length of the arguments as text. */
  start(call: TapeStart, chars: number): CallOutcome {
    const room = call.key.length + chars + 64;
    if (this.#entries.length >= MAX_TAPE_ENTRIES || this.#chars + room > MAX_TAPE_CHARS) {
      this.#lost += 1;
      return REFUSED;
    }
    this.#chars += room;
    const at = this.#entries.length;
    const startedMs = this.#elapsed();
    const base = { v: 1 as const, n: at + 1, ...call, startedMs };
    this.#entries.push({
      ...base,
      error: { code: UNFINISHED, message: 'the call had not ended when the decision was made' },
      durMs: 0,
    });
    this.#open += 1;
    let open = true;
    const settle = (answer: Pick<TapeEntry, 'result' | 'error'>): void => {
      if (!open) return;
      open = false;
      this.#open -= 1;
      this.#entries[at] = { ...base, ...answer, durMs: round(this.#elapsed() - startedMs) };
    };
    return {
      finish: (result) => settle(this.#answer(call, result)),
      fail: (error) => settle({ error: errorOf(error) }),
    };
  }

  /** `undefined` is a result too: the entry then has neither result nor error. */
  #answer(call: TapeStart, result: unknown): Pick<TapeEntry, 'result' | 'error'> {
    if (result === undefined) return {};
    const left = MAX_TAPE_CHARS - this.#chars;
    const { value, notes, kept } = snapshot(result, Math.min(left, MAX_VALUE_CHARS));
    if (!kept) {
      this.damage(`result of ${call.name} ${notes[0] ?? 'not kept'}`);
      return { error: { code: NOT_KEPT, message: notes[0] ?? 'not kept' } };
    }
    this.#chars += sizeOf(value);
    for (const note of notes) this.damage(`result of ${call.name}: ${note}`);
    return { result: value };
  }

  /** Something on this tape is not what the agent saw. */
  damage(what: string): void {
    if (this.#damages.length < 8 && !this.#damages.includes(what)) this.#damages.push(what);
  }

  get entries(): readonly TapeEntry[] {
    return [...this.#entries];
  }

  get damages(): readonly string[] {
    return this.#damages;
  }

  /** Calls that found no room. */
  get lost(): number {
    return this.#lost;
  }

  /** Calls that have started and not ended. */
  get open(): number {
    return this.#open;
  }

  #elapsed(): number {
    return round(this.#clock() - this.#started);
  }
}

const round = (ms: number): number => Math.max(0, Math.round(ms * 1000) / 1000);

const sizeOf = (value: Json): number => (typeof value === 'string' ? value.length : JSON.stringify(value).length);

/** Code and message only: a stack or a response may hold what must not be taped. */
export function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, status, name } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (typeof status === 'number') return { code: `http.${status}`, message: messageOf(error) };
  if (typeof code === 'string' && code !== '') return { code: code.slice(0, 100), message: messageOf(error) };
  return { code: typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'error', message: messageOf(error) };
}
