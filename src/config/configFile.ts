import { readFileSync, statSync } from 'node:fs';
import { dirname, join, parse as parsePath } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { AppError } from '../errors/index.js';

export const CONFIG_FILE = 'tenet.config.yaml';
const MAX_BYTES = 1024 * 1024;

export interface ConfigFile {
  readonly file: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** `file:line` of a key, or of the nearest parent that the file has. */
  readonly where: (path: readonly string[]) => string;
}

/** The nearest `tenet.config.yaml` at or above `cwd`. */
export function findConfigFile(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, CONFIG_FILE);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
    if (folder === parsePath(folder).root) return undefined;
  }
}

export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new AppError('config.invalid', `${at(problem.pos[0])} is not valid YAML: ${problem.message}`, {
      field: at(problem.pos[0]),
      fix: 'correct the line, then run: tenet config show',
    });
  }
  const data: unknown = document.toJS({ maxAliasCount: 20 });
  if (data === null || data === undefined) return { file, data: {}, where: () => file };
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw new AppError('config.invalid', `${file} must hold keys and values`, {
      field: file,
      expected: 'a mapping such as `tenant: acme`',
      got: Array.isArray(data) ? 'a list' : typeof data,
      fix: 'write one `key: value` a line, then run: tenet config show',
    });
  }
  return { file, data: data as Record<string, unknown>, where: (path) => at(offsetOf(document, path)) };
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= MAX_BYTES) return readFileSync(file, 'utf8');
    throw new AppError('config.invalid', `${file} is too large for a configuration file`, {
      field: file,
      expected: `at most ${MAX_BYTES} bytes`,
      got: `${size} bytes`,
      fix: 'point --config at the right file',
    });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'config.invalid',
      `${file} cannot be read`,
      { field: file, fix: 'check its path and permissions' },
      { cause: error },
    );
  }
}

function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const name of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
