import type { FsyncPolicy } from '../delivery/pipelinePort.js';
import { FileBacking } from './backing.js';
import type { Stored } from './queue.js';

export interface SyncerOptions {
  readonly policy: FsyncPolicy;
  readonly everyMs: number;
  readonly failed: (error: unknown) => void;
  /** Everything up to this many records is on the disk, or answered for. */
  readonly synced: (records: number) => void;
}

/** Brings what was written to the disk, by policy. Its timer never keeps the process alive. */
export class Syncer {
  readonly #options: SyncerOptions;
  readonly #dirty = new Set<FileBacking>();
  #written = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SyncerOptions) {
    this.#options = options;
  }

  /** `records`: how many the producer has written with this one. */
  wrote({ backing }: Stored, records: number): void {
    this.#written = records;
    if (this.#options.policy === 'never' || !(backing instanceof FileBacking)) return;
    this.#dirty.add(backing);
    if (this.#options.policy === 'always') this.now();
    else this.#timer ??= setTimeout(() => this.#round(), this.#options.everyMs).unref();
  }

  /** Waits for the disk. Throws nothing. */
  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let whole = true;
    for (const backing of this.#dirty) {
      try {
        backing.syncNow();
      } catch (error) {
        whole = false;
        this.#options.failed(error);
      }
    }
    this.#dirty.clear();
    if (whole && this.#options.policy !== 'never') this.#options.synced(this.#written);
  }

  #round(): void {
    this.#timer = undefined;
    const upTo = this.#written;
    const backings = [...this.#dirty];
    this.#dirty.clear();
    let left = backings.length;
    let whole = true;
    for (const backing of backings) {
      backing.sync((error) => {
        left -= 1;
        if (error !== null) {
          whole = false;
          this.#options.failed(error);
        }
        if (left === 0 && whole) this.#options.synced(upTo);
      });
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
