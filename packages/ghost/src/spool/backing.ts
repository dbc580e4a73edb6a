import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { codeOf } from './lock.js';

/** Where the bytes of one segment are. */
export interface Backing {
  /** Bytes of whole frames; nothing after them is there. */
  readonly size: number;
  /** In memory: it dies with the process. */
  readonly ephemeral: boolean;
  /** All or nothing. Throws what the system says. */
  append(bytes: Uint8Array): void;
  /** Fills `into` from `at` on and says how far. */
  read(into: Uint8Array, at: number): number;
  truncate(size: number): void;
  remove(): void;
  /** Lets go of what the system holds for it; later reads take it again. */
  close(): void;
}

/** A segment file. Whoever makes one owns its folder. */
export class FileBacking implements Backing {
  readonly ephemeral = false;
  readonly path: string;
  #fd: number | undefined;
  #size: number;
  /** Syncs under way: until they end the descriptor stays. */
  #syncs = 0;
  #closeAfterSync = false;
  #removed = false;
  /** A write that failed may have left half a frame that could not be cut off. */
  #spoiled = false;

  private constructor(path: string, fd: number | undefined, size: number) {
    this.path = path;
    this.#fd = fd;
    this.#size = size;
  }

  static create(path: string): FileBacking {
    return new FileBacking(path, openSync(path, 'wx+', 0o600), 0);
  }

  /** One that is there. It is opened when it is read. */
  static of(path: string): FileBacking {
    return new FileBacking(path, undefined, statSync(path).size);
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    if (this.#spoiled) throw new Error(`${this.path} can't be written on`);
    const fd = this.#use();
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, this.#size + done);
    } catch (error) {
      this.#spoiled = done > 0 && !cut(fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  read(into: Uint8Array, at: number): number {
    const fd = this.#use();
    const wanted = Math.min(into.length, this.#size - at);
    let done = 0;
    while (done < wanted) {
      const got = readSync(fd, into, done, wanted - done, at + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  truncate(size: number): void {
    ftruncateSync(this.#use(), size);
    this.#size = size;
  }

  /** `done` is called once the bytes written before are on the disk, or the file is gone. */
  sync(done: (error: Error | null) => void): void {
    const wasOpen = this.#fd !== undefined;
    const fd = this.#openToSync(done);
    if (fd === undefined) return;
    this.#syncs += 1;
    this.#closeAfterSync ||= !wasOpen;
    fdatasync(fd, (error) => {
      this.#syncs -= 1;
      if (this.#closeAfterSync) this.close();
      done(error);
    });
  }

  syncNow(): void {
    const fd = this.#openToSync((error) => {
      if (error !== null) throw error;
    });
    if (fd !== undefined) fdatasyncSync(fd);
  }

  /** A segment that was answered for or set aside meanwhile needs no sync. */
  #openToSync(done: (error: Error | null) => void): number | undefined {
    if (this.#removed) return void done(null);
    try {
      return this.#open();
    } catch (error) {
      return void done(codeOf(error) === 'ENOENT' ? null : (error as Error));
    }
  }

  remove(): void {
    this.#removed = true;
    this.close();
    try {
      unlinkSync(this.path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  close(): void {
    this.#closeAfterSync = this.#syncs > 0;
    if (this.#syncs > 0 || this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** It is in use again, whatever was to happen to it after a sync. */
  #use(): number {
    this.#closeAfterSync = false;
    return this.#open();
  }

  #open(): number {
    this.#fd ??= openSync(this.path, 'r+');
    return this.#fd;
  }
}

function cut(fd: number, size: number): boolean {
  try {
    ftruncateSync(fd, size);
    return true;
  } catch {
    return false;
  }
}

/** Stands in while no disk takes the records. Its owner bounds it. */
export class MemoryBacking implements Backing {
  readonly ephemeral = true;
  #bytes = Buffer.allocUnsafe(65_536);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** All of it, as a segment file has it. */
  get content(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  append(bytes: Uint8Array): void {
    const needed = this.#size + bytes.length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#size);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = needed;
  }

  read(into: Uint8Array, at: number): number {
    const end = Math.min(this.#size, at + into.length);
    into.set(this.#bytes.subarray(at, end));
    return end - at;
  }

  truncate(size: number): void {
    this.#size = size;
  }

  remove(): void {
    this.#bytes = Buffer.alloc(0);
    this.#size = 0;
  }

  close(): void {
    return;
  }
}
