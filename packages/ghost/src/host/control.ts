import type { DropPolicy, PipelineStats } from '../delivery/pipelinePort.js';

/** 32-bit words at the start of the shared memory. The comment says who writes. */
export const Word = {
  /** Producer: end of the last frame. */
  tail: 0,
  /** Consumer: start of the oldest frame. */
  head: 1,
  /** Who may take frames: {@link Claim}. */
  claim: 2,
  /** Producer: blocked until `head` moves. */
  waiting: 3,
  /** Thread: its pipeline is made. */
  ready: 4,
  /** Host: drain and close. */
  close: 5,
  /** Thread: everything is in the spool and the spool is closed. */
  closed: 6,
  /** Host: drops so far, a word for each of {@link DROP_POLICIES}. */
  dropped: 8,
  /** Consumer: how many of these are in the signed drop counter. */
  reported: 12,
} as const;
const WORDS = 16;

export const Claim = {
  free: 0,
  /** The consumer is between a frame's start and its end. */
  busy: 1,
  /** The main thread took over for good. */
  taken: 2,
} as const;

export const DROP_POLICIES: readonly DropPolicy[] = ['drop-newest', 'block', 'too-large', 'spool-full'];

const CIRCUITS: readonly PipelineStats['circuit'][] = ['closed', 'open', 'half-open'];
const NUMBERS = ['spooled', 'synced', 'acknowledged', 'duplicates', 'refused', 'dropped'] as const;
const STATS_FROM = 128;

/** One page; frames begin after it. */
export const CONTROL_BYTES = 4096;

/** The words and the numbers of the pipeline, which the host reads without asking the thread. */
export class Control {
  readonly words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, WORDS);
    this.#numbers = new Float64Array(memory, STATS_FROM, 16);
  }

  load(word: number): number {
    return Atomics.load(this.words, word);
  }

  store(word: number, value: number): void {
    Atomics.store(this.words, word, value);
    Atomics.notify(this.words, word);
  }

  /** Host. A drop that the consumer will report. */
  drop(policy: DropPolicy): void {
    Atomics.add(this.words, Word.dropped + DROP_POLICIES.indexOf(policy), 1);
  }

  /** Consumer. Drops not yet in the signed counter; asking takes them on. */
  unreported(): { readonly policy: DropPolicy; readonly count: number }[] {
    const out: { policy: DropPolicy; count: number }[] = [];
    DROP_POLICIES.forEach((policy, i) => {
      const total = Atomics.load(this.words, Word.dropped + i);
      const count = total - Atomics.exchange(this.words, Word.reported + i, total);
      if (count > 0) out.push({ policy, count });
    });
    return out;
  }

  /** Host. Drops that are not in the pipeline's count yet. */
  get waitingDrops(): number {
    return DROP_POLICIES.reduce(
      (sum, _, i) => sum + Atomics.load(this.words, Word.dropped + i) - Atomics.load(this.words, Word.reported + i),
      0,
    );
  }

  /** Consumer. */
  publish(stats: PipelineStats): void {
    NUMBERS.forEach((name, i) => (this.#numbers[i] = stats[name]));
    const { bytes, segments, ephemeral } = stats.spool;
    this.#numbers.set([bytes, segments, ephemeral ? 1 : 0, CIRCUITS.indexOf(stats.circuit)], NUMBERS.length);
  }

  /** Host. Between two consumers. */
  clear(): void {
    this.#numbers.fill(0);
  }

  /** Host. `dir` and `lastError` are texts and come by message. */
  read({ dir, lastError }: Pick<PipelineStats, 'lastError'> & { readonly dir: string }): PipelineStats {
    const [spooled, synced, acknowledged, duplicates, refused, dropped, bytes, segments, ephemeral, circuit] = this
      .#numbers as unknown as [number, number, number, number, number, number, number, number, number, number];
    return {
      ...{ spooled, synced, acknowledged, duplicates, refused, dropped },
      spool: { dir, bytes, segments, ephemeral: ephemeral === 1 },
      circuit: CIRCUITS[circuit] ?? 'closed',
      ...(lastError && { lastError }),
    };
  }
}

/** Main thread. Ends the other thread's right to frames: at once between two frames, else after it is done with one or `patienceMs`. */
export function takeOver(control: Control, patienceMs: number): void {
  const { words } = control;
  const free = (): boolean => Atomics.compareExchange(words, Word.claim, Claim.free, Claim.taken) === Claim.free;
  if (!free()) {
    Atomics.wait(words, Word.claim, Claim.busy, patienceMs);
    if (!free()) Atomics.store(words, Word.claim, Claim.taken);
  }
}
