import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface MigrationFile {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  readonly sha256: Buffer;
  /** An older program must not run on a database that has it. True unless the first line is `--! additive`. */
  readonly breaking: boolean;
}

const FILE = /^(\d{6})_[a-z0-9_]+\.sql$/;

/** The .sql files lie under src/ and are not compiled; found from the package root, so that dist/ and src/ see the same. */
export function migrationsDir(from: string = import.meta.dirname): string {
  for (let dir = from; ; dir = dirname(dir)) {
    const candidate = join(dir, 'src', 'db', 'migrations');
    if (existsSync(join(dir, 'package.json')) && existsSync(candidate)) return candidate;
    if (dir === dirname(dir)) throw new Error(`no src/db/migrations in any folder above ${from}`);
  }
}

export function readMigrations(dir: string = migrationsDir()): MigrationFile[] {
  const files = readdirSync(dir)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return files.map((name, at) => {
    const id = Number(FILE.exec(name)?.[1] ?? Number.NaN);
    if (id !== at + 1) throw new Error(`migration ${name}: expected number ${String(at + 1).padStart(6, '0')}`);
    const text = readFileSync(join(dir, name), 'utf8');
    const sha256 = createHash('sha256').update(text).digest();
    return { id, name, text, sha256, breaking: !text.startsWith('--! additive') };
  });
}
