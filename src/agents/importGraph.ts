import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, parse } from 'es-module-lexer';
import { AppError } from '../errors/index.js';

/** Parsed for imports of its own; anything else in the graph (JSON, wasm) is a leaf. */
const CODE = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);
const REQUIRE = /\brequire\s*\(\s*(['"])(\.{1,2}\/[^'"\n]+)\1\s*\)/g;
const MAX_FILES = 10_000;

/**
 * Every file that the entry imports, outside node_modules: static and dynamic imports with a literal specifier, re-exports,
 * and `require` of relative paths. Bare packages are left to the lock file. A file that is only read at run time is not in the graph.
 */
export async function importGraph(entry: string): Promise<readonly string[]> {
  await init();
  const start = real(entry, entry);
  const seen = new Set<string>([start]);
  const queue = [start];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (!CODE.has(extname(file))) continue;
    for (const next of importsOf(file)) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
      if (seen.size > MAX_FILES)
        throw new AppError('agent.invalid', `${entry} imports more than ${MAX_FILES} files`, { field: '--agent' });
    }
  }
  return [...seen];
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return specifiersOf(file, text).flatMap((specifier) => resolveSpecifier(specifier, file) ?? []);
}

function specifiersOf(file: string, text: string): readonly string[] {
  const required = [...text.matchAll(REQUIRE)].map((match) => match[2]!);
  if (extname(file) === '.cjs') return required;
  try {
    const [imports] = parse(text, file);
    const named = imports.flatMap(({ specifier }) => (typeof specifier === 'string' ? [specifier] : []));
    return [...named, ...required];
  } catch (cause) {
    throw new AppError(
      'agent.invalid',
      `${file} can not be read as JavaScript`,
      { field: '--agent', fix: 'name the compiled entry file' },
      { cause },
    );
  }
}

/** undefined: a built-in or a package, which the lock file pins. */
function resolveSpecifier(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('file:')) return inside(real(fileURLToPath(specifier), from));
  if (specifier.startsWith('#')) {
    const found = createRequire(from).resolve(specifier);
    return found.includes(sep) ? inside(real(found, from)) : undefined;
  }
  if (!specifier.startsWith('.') && !specifier.startsWith('/')) return undefined;
  const [path] = specifier.split(/[?#]/, 1) as [string];
  return inside(real(resolve(dirname(from), path), from));
}

const inside = (file: string): string | undefined => (file.split(sep).includes('node_modules') ? undefined : file);

function real(file: string, from: string): string {
  const candidates = [file, `${file}.js`, `${file}.cjs`, `${file}/index.js`];
  const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (found !== undefined) return realpathSync(found);
  throw new AppError(
    'agent.invalid',
    file === from ? `no such agent module: ${file}` : `${from} imports ${file}, which does not exist`,
    {
      field: '--agent',
      got: file,
      fix: 'build the agent, then name its compiled entry file',
    },
  );
}
