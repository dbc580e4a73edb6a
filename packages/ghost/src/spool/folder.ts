import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beat, codeOf, createLock, letGo, removeFile } from './lock.js';

/** A place in a producer's records: everything before it is answered for. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** A record given up. `header` and `index` are what it takes to open a sealed frame. */
export interface Quarantined {
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly id: string;
  readonly frame: Uint8Array;
  readonly sealed?: { readonly index: number; readonly header: Uint8Array };
}

const SEGMENT = /^(\d{6,15})\.seg$/;
const ACKED = 'acked';
const QUARANTINE = 'quarantine.ndjson';
/** A server that refuses everything must not fill the disk. */
const QUARANTINE_BYTES = 67_108_864;
/** What a folder holds that is of no use without segments. */
const SCAFFOLD = /^(lock(\..*)?|acked(\.tmp)?)$/;

/** The files of one producer, owned by this process. */
export class Folder {
  readonly path: string;
  #quarantined: number | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /** Made, and locked by this process. */
  static create(dir: string, producer: string): Folder {
    const path = join(dir, producer);
    // Not recursive: of a disk that can only be read Node then says that there is no such folder.
    if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
    if (!createLock(path)) throw new Error(`${path} has an owner already`);
    return new Folder(path);
  }

  /** Of which this process holds the lock. */
  static owned(path: string): Folder {
    return new Folder(path);
  }

  get name(): string {
    return basename(this.path);
  }

  segmentPath(number: number): string {
    return join(this.path, `${String(number).padStart(6, '0')}.seg`);
  }

  readAcked(): Position {
    try {
      const { segment, offset } = JSON.parse(readFileSync(join(this.path, ACKED), 'utf8')) as Record<string, unknown>;
      if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset))
        return { segment: segment as number, offset: offset as number };
    } catch {
      // A hint: without it everything is sent again, and answered as a duplicate.
    }
    return { segment: 0, offset: 0 };
  }

  /** A mark that can't be written costs no more than sending again what is answered for already. */
  writeAcked(position: Position | null): void {
    if (position === null) return;
    const { segment, offset } = position;
    const draft = join(this.path, `${ACKED}.tmp`);
    try {
      writeFileSync(draft, JSON.stringify({ segment, offset }), { mode: 0o600 });
      renameSync(draft, join(this.path, ACKED));
    } catch {
      // A disk that takes nothing is reported by who writes records.
    }
  }

  /** Throws where it is full. */
  quarantine({ at, code, message, id, frame, sealed }: Quarantined): void {
    const line = {
      at,
      code,
      message,
      id,
      frame: Buffer.from(frame).toString('base64url'),
      ...(sealed && { index: sealed.index, header: Buffer.from(sealed.header).toString('base64url') }),
    };
    const file = join(this.path, QUARANTINE);
    const text = `${JSON.stringify(line)}\n`;
    this.#quarantined ??= statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (this.#quarantined + text.length > QUARANTINE_BYTES)
      throw new Error(`${file} holds ${this.#quarantined} bytes of at most ${QUARANTINE_BYTES}`);
    appendFileSync(file, text, { mode: 0o600 });
    this.#quarantined += text.length;
  }

  quarantineSegment(number: number): void {
    renameSync(this.segmentPath(number), join(this.path, `quarantine-${number}.seg`));
  }

  /** Appends: a segment that is damaged twice loses neither part. */
  keepTorn(number: number, bytes: Uint8Array): void {
    appendFileSync(join(this.path, `torn-${number}.bin`), bytes, { mode: 0o600 });
  }

  /** A file that was made is there after the machine went down only once its folder is synced. */
  sync(): void {
    const fd = openSync(this.path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** At least every minute: in another container nobody can see whether this process lives. */
  beat(): void {
    try {
      beat(this.path);
    } catch {
      // The next one may succeed.
    }
  }

  /** Ends the ownership. The folder goes where it keeps nothing. */
  release(position: Position | null = null): void {
    this.writeAcked(position);
    if (readdirSync(this.path).some((name) => !SCAFFOLD.test(name))) letGo(this.path);
    else removeScaffold(this.path);
  }
}

/** The lock goes last: until then nobody else takes what is being removed. */
function removeScaffold(path: string): void {
  const names = readdirSync(path);
  for (const name of names) if (name !== 'lock') removeFile(join(path, name));
  removeFile(join(path, 'lock'));
  try {
    rmdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** In order of number. */
export function segmentNumbers(path: string): number[] {
  return readdirSync(path)
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Holds nothing but what an owner needed. */
export const isScaffold = (path: string): boolean => readdirSync(path).every((name) => SCAFFOLD.test(name));
