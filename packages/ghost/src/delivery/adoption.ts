import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import { adoptAbandoned, type Adopted, type Batch, type Folder, type SegmentFrame } from '../spool/index.js';
import type { Source } from './courier.js';
import type { Settled } from './door.js';
import { keepRefused } from './keepRefused.js';

export interface AdoptionOptions {
  readonly dirs: () => readonly string[];
  readonly log: string;
  readonly kid: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly problem: (problem: GhostProblem) => void;
  /** Folders of this process beside those that it took over. */
  readonly own: () => Folder | undefined;
  /** There is something new to bring. */
  readonly found: () => void;
  /** Something was answered for: `saveAcked` is due. */
  readonly moved: () => void;
}

const SCAN_MS = 30_000;
/** The second look: by then a folder whose taker was killed a moment before is free too. */
const AGAIN_MS = 2_000;
/** Folders held at a time. */
const MOST = 32;

/** What dead processes left behind, as sources beside this process's own. */
export class Adoption {
  readonly #options: AdoptionOptions;
  #sources: AdoptedSource[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The last look ended because enough were found. */
  #more = false;

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }

  get bytes(): number {
    return this.#sources.reduce((sum, { queue }) => sum + queue.bytes, 0);
  }

  start(): void {
    this.#scanIn(0, () => this.#scanIn(AGAIN_MS, () => this.#scanEver()));
  }

  #scanIn(ms: number, next: () => void): void {
    this.#timer = setTimeout(() => {
      this.scan();
      next();
    }, ms).unref();
  }

  #scanEver(): void {
    this.#scanIn(SCAN_MS * (0.75 + this.#options.random() / 2), () => this.#scanEver());
  }

  /** Looks for abandoned folders, lets go of those that are empty now, and shows that this process lives. */
  scan(): void {
    this.#options.own()?.beat();
    for (const source of this.#sources) source.beat();
    this.#sources = this.#sources.filter((source) => !source.releaseIfDone());
    const { dirs, log, kid, now, problem, found } = this.#options;
    const most = MOST - this.#sources.length;
    const adopted = adoptAbandoned({ dirs: dirs(), log, kid, now, problem, most });
    this.#more = adopted.length === most;
    this.#sources.push(...adopted.map((one) => new AdoptedSource(one, this.#options)));
    if (adopted.length > 0) found();
  }

  /** At most once a second. */
  saveAcked(): void {
    for (const source of this.#sources) source.saveAcked();
    this.#sources = this.#sources.filter((source) => !source.releaseIfDone());
    if (this.#more && this.#sources.length < MOST / 2) this.scan();
  }

  /** What is left waits for another process. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const source of this.#sources) source.release();
    this.#sources = [];
  }
}

class AdoptedSource implements Source {
  readonly queue: Adopted['queue'];
  readonly #folder: Adopted['folder'];
  readonly #options: AdoptionOptions;
  #moved = false;

  constructor({ folder, queue }: Adopted, options: AdoptionOptions) {
    this.queue = queue;
    this.#folder = folder;
    this.#options = options;
  }

  answered(batch: Batch, frame: SegmentFrame, result: Settled): void {
    const { problem, now } = this.#options;
    keepRefused({ folder: this.#folder, batch, frame, result, now, problem });
  }

  settled(count: number): void {
    this.#moved ||= count > 0;
    this.#options.moved();
  }

  unopened({ segment }: Batch, problem: GhostProblem): void {
    this.queue.take(segment);
    this.#attempt(() => this.#folder.quarantineSegment(segment));
    const message = `${problem.message}; segment ${segment} of ${this.#folder.name} is set aside`;
    this.#options.problem({ ...problem, message });
  }

  saveAcked(): void {
    if (this.#moved) this.#folder.writeAcked(this.queue.position);
    this.#moved = false;
  }

  beat(): void {
    this.#folder.beat();
  }

  releaseIfDone(): boolean {
    if (this.queue.segments.length > 0) return false;
    this.#attempt(() => this.#folder.release());
    return true;
  }

  release(): void {
    for (const { backing } of this.queue.segments) backing.close();
    this.#attempt(() => this.#folder.release(this.#moved ? this.queue.position : null));
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.problem({ code: 'spool.write', message: `${this.#folder.name}: ${errorText(error)}` });
    }
  }
}
