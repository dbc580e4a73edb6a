import type { EffectClass, TapeEntry } from '@tenet-ledger/record';
import { quote, snapshotText } from '../jsonText.js';
import { messageOf } from '../readDecision.js';
import type { CallOutcome } from '../scope.js';
import { MAX_VALUE_CHARS } from '../snapshot.js';

export const MAX_TAPE_ENTRIES = 4096;
/** Of the 1 MiB that a record may take on the wire, in base64 and beside its inputs and reasoning. */
export const MAX_TAPE_CHARS = 393_216;

/** Codes of entries whose answer is not on the tape; replay refuses the call instead of guessing. */
export const NOT_KEPT = 'tape.not_kept';
export const UNFINISHED = 'tape.unfinished';

const UNFINISHED_TEXT = `,"error":{"code":"${UNFINISHED}","message":"the call had not ended when the decision was made"}`;

export interface TapeStart {
  /** From {@link headOf}. */
  readonly head: string;
  readonly name: string;
  readonly key: string;
  /** JSON text. */
  readonly args: string;
}

/** Kind, name and effect as JSON members: the same for every call of one tool. */
export const headOf = (kind: TapeEntry['kind'], name: string, effect: EffectClass): string =>
  `"kind":"${kind}","name":${JSON.stringify(name)},"effect":"${effect}"`;

/** A tape between two processes. */
export interface TapeState {
  readonly entries: readonly TapeEntry[];
  readonly damages: readonly string[];
  readonly lost: number;
  readonly notKept: number;
}

const REFUSED: CallOutcome = { finish: () => undefined, fail: () => undefined };

interface Line {
  /** The entry as the `n`th. */
  text(n: number): string;
}

/** The tape of one decision, in order of call starts. Entries are JSON text from the beginning. */
export class Tape {
  readonly #calls: Line[] = [];
  readonly #started: number;
  readonly #clock: () => number;
  #damages: string[] | undefined;
  #chars = 0;
  lost = 0;
  /** Calls that have started and not ended. */
  open = 0;
  /** Calls whose result could not be kept. */
  notKept = 0;

  /** `clock` is monotonic, in milliseconds. `startedMs`: how long the decision has been under way already. */
  constructor(clock: () => number, startedMs = 0) {
    this.#clock = clock;
    this.#started = clock() - startedMs;
  }

  start(call: TapeStart): CallOutcome {
    const room = call.key.length + call.args.length + 64;
    if (this.#calls.length >= MAX_TAPE_ENTRIES || this.#chars + room > MAX_TAPE_CHARS) {
      this.lost += 1;
      return REFUSED;
    }
    this.#chars += room;
    this.open += 1;
    const taped = new TapedCall(this, call, this.elapsedUs());
    this.#calls.push(taped);
    return taped;
  }

  /** Takes up what was taped in another process. */
  resume({ entries, damages, lost, notKept }: TapeState): void {
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      this.#chars += text.length;
      this.#calls.push({ text: () => text });
      if (entry.error?.code === UNFINISHED) this.damage(`${entry.name} had not ended when the decision was suspended`);
    }
    for (const damage of damages) this.damage(damage);
    this.lost += lost;
    this.notKept += notKept;
  }

  state(): TapeState {
    return { entries: this.entries(), damages: this.damages, lost: this.lost, notKept: this.notKept };
  }

  /** JSON text of a result or its absence; `undefined` is a result too: the entry then has neither result nor error. */
  answerOf(call: TapeStart, result: unknown): string {
    if (result === undefined) return '';
    const { text, notes, kept } = snapshotText(result, Math.min(MAX_TAPE_CHARS - this.#chars, MAX_VALUE_CHARS));
    if (!kept) {
      this.notKept += 1;
      const why = notes[0] ?? 'not kept';
      this.damage(`result of ${call.name} ${why}`);
      return `,"error":{"code":"${NOT_KEPT}","message":${JSON.stringify(why)}}`;
    }
    this.#chars += text.length;
    for (const note of notes) this.damage(`result of ${call.name}: ${note}`);
    return `,"result":${text}`;
  }

  /** Something on this tape is not what the agent saw. */
  damage(what: string): void {
    const damages = (this.#damages ??= []);
    if (damages.length < 8 && !damages.includes(what)) damages.push(what);
  }

  get length(): number {
    return this.#calls.length;
  }

  /** The list as JSON text. */
  text(): string {
    let out = '';
    this.#calls.forEach((call, i) => (out += i === 0 ? call.text(1) : `,${call.text(i + 1)}`));
    return `[${out}]`;
  }

  entries(): readonly TapeEntry[] {
    return JSON.parse(this.text()) as TapeEntry[];
  }

  get damages(): readonly string[] {
    return this.#damages ?? [];
  }

  elapsedUs(): number {
    return Math.max(0, Math.round((this.#clock() - this.#started) * 1000));
  }
}

/** Whatever ends it first stands. */
class TapedCall implements CallOutcome, Line {
  #answer: string | undefined;
  #endedUs = 0;

  constructor(
    readonly tape: Tape,
    readonly call: TapeStart,
    readonly startedUs: number,
  ) {}

  finish(result: unknown): void {
    if (this.#answer === undefined) this.#end(this.tape.answerOf(this.call, result));
  }

  fail(error: unknown): void {
    if (this.#answer !== undefined) return;
    const { code, message } = errorOf(error);
    this.#end(`,"error":{"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`);
  }

  #end(answer: string): void {
    this.#answer = answer;
    this.#endedUs = this.tape.elapsedUs();
    this.tape.open -= 1;
  }

  text(n: number): string {
    const { head, key, args } = this.call;
    const durUs = this.#answer === undefined ? 0 : Math.max(0, this.#endedUs - this.startedUs);
    // Whole numbers are written in a fraction of the time that fractions take; JSON reads 13e-3 as 0.013.
    return `{"v":1,"n":${n},${head},"key":${quote(key)},"args":${args}${this.#answer ?? UNFINISHED_TEXT},"startedMs":${this.startedUs}e-3,"durMs":${durUs}e-3}`;
  }
}

/** Code and message only: a stack or a response may hold what must not be taped. Never throws. */
export function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = messageOf(error);
  try {
    const { code, status, name } = (typeof error === 'object' && error !== null ? error : {}) as Record<
      string,
      unknown
    >;
    if (typeof status === 'number') return { code: `http.${status}`, message };
    if (typeof code === 'string' && code !== '') return { code: clean(code), message };
    return { code: typeof name === 'string' && name !== '' ? clean(name) : 'error', message };
  } catch {
    return { code: 'error', message };
  }
}

const clean = (text: string): string => text.slice(0, 100).replace(/\p{Surrogate}/gu, '\ufffd');
