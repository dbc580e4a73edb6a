import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException | undefined)?.code === code;

function writeBeside(file: string, content: string, mode: number): string {
  const temp = `${file}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  const fd = openSync(temp, 'wx', mode);
  try {
    writeSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return temp;
}

/** After a crash a reader finds the old content or the new, never a part. */
export function replaceFile(file: string, content: string, mode = 0o644): void {
  const temp = writeBeside(file, content, mode);
  renameSync(temp, file);
  syncFolder(dirname(file));
}

/** Creates the file whole, or returns false because one is there: link(2) fails on an existing name. */
export function createFile(file: string, content: string, mode = 0o644): boolean {
  const temp = writeBeside(file, content, mode);
  try {
    linkSync(temp, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temp, { force: true });
  }
}

export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
