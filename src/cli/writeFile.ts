import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { AppError } from '../errors/index.js';

/** The file is there whole or not at all: a crash half way leaves the old one, or none. */
export async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  const temp = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const handle = await open(temp, 'wx', mode);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temp, path);
  } catch (cause) {
    await rm(temp, { force: true });
    throw new AppError(
      'input.invalid',
      `cannot write ${path}: ${(cause as Error).message}`,
      { field: '--out', got: path, fix: 'name a file in a folder that exists and is yours to write' },
      { cause },
    );
  }
}
