import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import type { Batch, SegmentFrame, SealTo, Spool } from '../spool/index.js';
import type { Source } from './courier.js';
import type { Settled } from './door.js';
import { keepRefused } from './keepRefused.js';
import type { OwnRecords } from './ownRecords.js';

export interface OwnSourceOptions {
  readonly spool: Spool;
  readonly records: OwnRecords;
  readonly now: () => number;
  readonly problem: (problem: GhostProblem) => void;
  readonly moved: () => void;
  /** The platform's key as it is now; undefined where it can't be told. */
  readonly sealKey: () => Promise<SealTo | undefined>;
}

/** The records of this process on their way, and their counting. */
export class OwnSource implements Source {
  readonly #options: OwnSourceOptions;
  #refreshing = false;

  constructor(options: OwnSourceOptions) {
    this.#options = options;
  }

  get queue(): Source['queue'] {
    return this.#options.spool.queue;
  }

  answered(batch: Batch, frame: SegmentFrame, result: Settled): void {
    const { spool, records, now, problem } = this.#options;
    const segment = this.queue.segments.find(({ number }) => number === batch.segment);
    const refused = keepRefused({ folder: spool.folder, batch, frame, result, now, problem });
    records.answered((segment?.before ?? 0) + frame.index, refused ? 'refused' : result.status);
  }

  settled(count: number): void {
    this.#options.records.settle(count);
    this.#options.moved();
  }

  /** What is sealed to a key that is gone stays on disk for whoever has it; what comes next is sealed to the present one. */
  unopened({ segment }: Batch, problem: GhostProblem): void {
    const { spool, records, problem: report } = this.#options;
    const count = this.queue.take(segment);
    records.lose(count);
    try {
      spool.folder?.quarantineSegment(segment);
    } catch (error) {
      report({ code: 'spool.write', message: `segment ${segment}: ${errorText(error)}` });
    }
    report({ ...problem, message: `${problem.message}; ${count} records are set aside` });
    if (!this.#refreshing) void this.#refresh();
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    const key = await this.#options.sealKey();
    if (key !== undefined) this.#options.spool.sealTo(key);
    this.#refreshing = false;
  }
}
