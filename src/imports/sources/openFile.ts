import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors/index.js';

const HEAD_BYTES = 65_536;

export interface ImportFile {
  readonly path: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly compressed: boolean;
  /** Of its first bytes: tells a file from another one under its name. */
  readonly headDigest: string;
  /** Its (unpacked) bytes from `offset` on. */
  read(offset?: number): AsyncIterable<Uint8Array>;
}

/** A file of any size, plain or gzip. Throws `input.invalid` for what cannot be read. */
export async function openImportFile(path: string): Promise<ImportFile> {
  const head = Buffer.alloc(HEAD_BYTES);
  let size: number;
  let length = 0;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw Object.assign(new Error('it is not a file'), { code: 'NOT_A_FILE' });
    size = found.size;
    const handle = await open(path, 'r');
    try {
      length = (await handle.read(head, 0, HEAD_BYTES, 0)).bytesRead;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new AppError(
      'input.invalid',
      `the file to import cannot be read: ${why}`,
      { field: path, fix: 'check the path and its permissions' },
      { cause },
    );
  }
  const compressed = length > 2 && head[0] === 0x1f && head[1] === 0x8b;
  return {
    path,
    size,
    compressed,
    headDigest: createHash('sha256').update(head.subarray(0, length)).digest('base64url'),
    read: (offset = 0) => (compressed ? unpacked(path, offset) : plain(path, offset)),
  };
}

async function* plain(path: string, offset: number): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of createReadStream(path, { start: offset, highWaterMark: 262_144 })) yield chunk as Buffer;
}

/** A packed file has no way in but its beginning: what was read before is unpacked and passed over. */
async function* unpacked(path: string, offset: number): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip();
  pipeline(createReadStream(path, { highWaterMark: 262_144 }), gunzip, () => undefined);
  let left = offset;
  try {
    for await (const piece of gunzip) {
      const chunk = piece as Buffer;
      const skipped = Math.min(left, chunk.length);
      left -= skipped;
      if (skipped < chunk.length) yield chunk.subarray(skipped);
    }
  } catch (cause) {
    throw new AppError(
      'input.invalid',
      `the file cannot be unpacked: ${(cause as Error).message}`,
      { field: path, fix: 'it may be cut off: fetch it again' },
      { cause },
    );
  }
}
