import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import type { ManifestFile } from '../../src/inquiry/index.js';

const TEMP = '.tmp-';

/**
 * A package while it is written: a folder beside its place, renamed when every file in it is on disk. Whoever looks sees the whole
 * package or none; what a killed worker left is removed by the next try.
 */
export class PackageFolder {
  readonly files: ManifestFile[] = [];
  readonly #target: string;
  readonly #dir: string;

  private constructor(target: string, dir: string) {
    this.#target = target;
    this.#dir = dir;
  }

  static async begin(target: string): Promise<PackageFolder> {
    const parent = dirname(target);
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const prefix = `${basename(target)}${TEMP}`;
    for (const name of await readdir(parent)) {
      if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
    }
    const dir = join(parent, `${prefix}${process.pid}`);
    await mkdir(dir, { mode: 0o700 });
    return new PackageFolder(target, dir);
  }

  /** Listed in the manifest, unless it is the manifest or its signature. */
  async write(path: string, content: string | Uint8Array, listed = true): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await mkdir(dirname(join(this.#dir, path)), { recursive: true });
    const file = await open(join(this.#dir, path), 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (listed)
      this.files.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }

  /** A gzipped text, line by line. Same lines, same bytes: the header has no time and no name. */
  async writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
    const gzip = createGzip({ level: 1 });
    const sink = createWriteStream(join(this.#dir, path), { flags: 'wx', mode: 0o600, flush: true });
    const hash = createHash('sha256');
    let bytes = 0;
    gzip.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    const done = once(sink, 'finish');
    gzip.pipe(sink);
    for await (const line of lines) if (!gzip.write(`${line}\n`)) await once(gzip, 'drain');
    gzip.end();
    await done;
    this.files.push({ path, bytes, sha256: hash.digest('hex') });
  }

  /** From here on the package is there. One that is there already, of an earlier try that was cut off after this point, gives way. */
  async finish(): Promise<void> {
    await syncFolder(this.#dir);
    const old = `${this.#target}${TEMP}old`;
    await rename(this.#target, old).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    await rename(this.#dir, this.#target);
    await syncFolder(dirname(this.#target));
    await rm(old, { recursive: true, force: true });
  }

  async abandon(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

/** Bytes of a file of ours; null where it is not there. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  return (await stat(path).catch(() => null)) === null ? null : readFile(path);
}
