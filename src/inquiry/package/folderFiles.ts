import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors/index.js';
import type { PackageFiles } from './files.js';

/** A folder on disk as a package. */
export async function folderFiles(folder: string): Promise<PackageFiles> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new AppError('input.invalid', `${folder} is not a folder`, {
      field: 'PACKAGE',
      fix: 'give the folder that was delivered, unpacked',
    });
  }
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.replace(/\/+$/, '').length + 1));
  return {
    paths,
    read: (path) => readFile(join(folder, path)),
    lines: (path, line) => readLines(join(folder, path), line),
  };
}

async function readLines(path: string, line: (text: string) => void | Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  const file = createReadStream(path);
  file.on('data', (chunk) => hash.update(chunk));
  const text = new PassThrough();
  const failed = new Promise<never>((_, reject) => {
    const gunzip = createGunzip();
    for (const part of [file, gunzip]) part.on('error', reject);
    file.pipe(gunzip).pipe(text);
  });
  const read = async (): Promise<string> => {
    for await (const one of createInterface({ input: text, crlfDelay: Infinity })) await line(one);
    return hash.digest('hex');
  };
  return Promise.race([read(), failed]);
}
