import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ImportFile } from './sources/openFile.js';
import type { ReadFrom } from './types.js';

/** Where an import of one file stands. A hint: what it says too little is read again and answered as duplicate. */
export interface ResumeState {
  /** Of an import of this very file that ended early; null to begin at the beginning. */
  readonly from: ReadFrom | null;
  save(at: ReadFrom): Promise<void>;
  /** After an import that came to its end. */
  clear(): Promise<void>;
}

/** `how`: everything that decides what becomes of a unit: format, mapping, options. Another import of the file has a state of its own. */
export async function resumeState(dir: string, file: ImportFile, how: unknown): Promise<ResumeState> {
  const name = createHash('sha256')
    .update(JSON.stringify([resolve(file.path), how]))
    .digest('hex')
    .slice(0, 24);
  const path = join(dir, 'imports', `${name}.json`);
  return {
    from: fromOf(await read(path), file),
    async save(at) {
      await mkdir(join(dir, 'imports'), { recursive: true, mode: 0o700 });
      const { size, headDigest } = file;
      await writeFile(`${path}.tmp`, JSON.stringify({ v: 1, file: resolve(file.path), size, headDigest, at }), {
        mode: 0o600,
      });
      await rename(`${path}.tmp`, path);
    },
    clear: () => rm(path, { force: true }),
  };
}

async function read(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

/** A file that grew behind its head is the same file; one that shrank or begins otherwise is not. */
function fromOf(value: unknown, file: ImportFile): ReadFrom | null {
  const { size, headDigest, at } = (value ?? {}) as { size?: unknown; headDigest?: unknown; at?: Partial<ReadFrom> };
  if (headDigest !== file.headDigest || typeof size !== 'number' || size > file.size) return null;
  const { offset, n } = at ?? {};
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(n) && (n ?? 0) > 0;
  return whole ? { offset: offset ?? 0, n: n ?? 0 } : null;
}
