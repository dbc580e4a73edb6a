import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const ROTATE_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 12;

export interface OpenLog {
  readonly fd: number;
  /** Where the lines of this start begin. */
  readonly offset: number;
}

/** Opens for appending. A log over 10 MB is kept as `.1` once, so logs never fill the disk. */
export function openLog(file: string): OpenLog {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  return { fd: openSync(file, 'a', 0o644), offset: size > ROTATE_BYTES ? 0 : size };
}

export function readLogFrom(file: string, offset: number, maxBytes = TAIL_BYTES): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const from = Math.max(offset, size - maxBytes);
  if (size <= from) return '';
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(size - from);
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/** The last lines since `offset`, without control characters: they are printed in error messages. */
export function lastLines(file: string, offset: number, count = TAIL_LINES): string[] {
  return readLogFrom(file, offset)
    .split('\n')
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trimEnd())
    .filter((line) => line !== '')
    .slice(-count);
}
