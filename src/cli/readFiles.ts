import { open, stat, type FileHandle } from 'node:fs/promises';
import { AppError } from '../errors/index.js';

const CHUNK = 1024 * 1024;

/**
 * The bytes of a file, or null when it has more than `limit`: a device or a pipe that never ends is read no further
 * than that. Throws `input.invalid` for what cannot be read at all.
 */
export async function readLimited(path: string, limit: number, what: string): Promise<Uint8Array | null> {
  let handle: FileHandle | undefined;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    if (found.isFile() && found.size > limit) return null;
    handle = await open(path, 'r');
    return await readTo(handle, limit);
  } catch (cause) {
    throw unreadable(path, what, cause);
  } finally {
    await handle?.close();
  }
}

async function readTo(handle: FileHandle, limit: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    size += bytesRead;
    if (size > limit) return null;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function unreadable(path: string, what: string, cause: unknown): AppError {
  const { code = '', message = String(cause) } = cause as { code?: string; message?: string };
  return new AppError(
    'input.invalid',
    `the ${what} cannot be read: ${REASONS[code] ?? message}`,
    { field: path, fix: 'check the path and its permissions' },
    { cause },
  );
}

/** A small text file in strict UTF-8. */
export async function readText(path: string, limit: number, what: string): Promise<string> {
  const bytes = await readLimited(path, limit, what);
  if (bytes === null) {
    throw new AppError('input.too_large', `the ${what} is too large`, {
      field: path,
      expected: `at most ${limit} bytes`,
      fix: `name the ${what} itself`,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError(
      'input.invalid',
      `the ${what} is not UTF-8 text`,
      { field: path, fix: `name the ${what} itself` },
      { cause },
    );
  }
}
