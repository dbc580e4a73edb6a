import type { EffectClass, TapeEntry } from '@tenet-ledger/record';
import type { Redactor } from '../redact/index.js';

const DANGER: Record<EffectClass, number> = { pure: 0, read: 1, write: 2, irreversible: 3, unknown: 4 };

export interface Match {
  readonly entry: TapeEntry;
  /** Every entry of this call was used already; the last one answers again. */
  readonly again: boolean;
}

interface Slot {
  readonly at: number;
  readonly entry: TapeEntry;
}

/**
 * The recorded tape and the calls pooled with it, matched by kind, name and key in any order. Equal calls are served in
 * their order on the tape. The recorded part is the prefix of rising call numbers.
 */
export class TapePool {
  readonly entries: readonly TapeEntry[];
  readonly #byCall = new Map<string, Slot[]>();
  readonly #used = new Map<string, number>();
  readonly #effects = new Map<string, EffectClass>();
  readonly #recorded: number;
  #furthest = -1;
  #disorder: string | undefined;

  constructor(recorded: readonly TapeEntry[], redactor: Redactor) {
    const entries = recorded.map((entry, i) => redacted(entry, i, redactor));
    this.entries = entries;
    this.#recorded = recordedLength(entries);
    entries.forEach((entry, at) => {
      const call = callOf(entry.kind, entry.name, entry.key);
      const slots = this.#byCall.get(call);
      if (slots === undefined) this.#byCall.set(call, [{ at, entry }]);
      else slots.push({ at, entry });
      if (entry.kind === 'tool') this.#effects.set(entry.name, worse(this.#effects.get(entry.name), entry.effect));
    });
  }

  take(kind: TapeEntry['kind'], name: string, key: string): Match | undefined {
    const call = callOf(kind, name, key);
    const slots = this.#byCall.get(call);
    if (slots === undefined) return undefined;
    const used = this.#used.get(call) ?? 0;
    this.#used.set(call, used + 1);
    const slot = slots[Math.min(used, slots.length - 1)]!;
    if (used < slots.length) this.#noteOrder(slot);
    return { entry: slot.entry, again: used >= slots.length };
  }

  /**
   * The more dangerous of what the code declares and what was recorded: a version that calls a write a read does not get to run it.
   */
  effectOf(name: string, declared: EffectClass): EffectClass {
    return worse(this.#effects.get(name), declared);
  }

  /** Recorded tool calls that nothing asked for, `pure` ones aside: those are run and not looked up. */
  unused(): readonly string[] {
    const names: string[] = [];
    for (const [call, slots] of this.#byCall) {
      const used = this.#used.get(call) ?? 0;
      const left = slots
        .slice(used)
        .filter(({ at, entry }) => at < this.#recorded && entry.kind === 'tool' && entry.effect !== 'pure');
      for (const { entry } of left) names.push(entry.name);
    }
    return names;
  }

  /** The first call that came in another order than it was recorded in. */
  get disorder(): string | undefined {
    return this.#disorder;
  }

  #noteOrder({ at, entry }: Slot): void {
    if (at >= this.#recorded) return;
    if (at < this.#furthest && entry.kind !== 'random') this.#disorder ??= entry.name;
    this.#furthest = Math.max(this.#furthest, at);
  }
}

/** A tape from before a rule was made is read as if it had been recorded under it; else nothing on it would match. */
function redacted(entry: TapeEntry, i: number, redactor: Redactor): TapeEntry {
  const { args, key } = redactor.call(entry, i + 1);
  return args === entry.args && key === entry.key ? entry : { ...entry, args, key };
}

const callOf = (kind: string, name: string, key: string): string => `${kind}\n${name}\n${key}`;

const worse = (a: EffectClass | undefined, b: EffectClass): EffectClass =>
  a !== undefined && DANGER[a] > DANGER[b] ? a : b;

function recordedLength(entries: readonly TapeEntry[]): number {
  let last = 0;
  let length = 0;
  for (const { n } of entries) {
    if (n <= last) break;
    last = n;
    length += 1;
  }
  return length;
}
