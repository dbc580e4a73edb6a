import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');

/**
 * The rooms as JavaScript, for tests that kill a real process: such a process cannot be a vitest worker. Written under
 * node_modules so that packages and the package root resolve as they do for the built files.
 */
export function compileRooms(name: string): { importOf: (path: string) => string; remove: () => void } {
  const out = join(root, 'node_modules/.cache/tenet-test', `${name}-${process.pid}`);
  for (const room of ['errors', 'config', 'services']) {
    const folder = join(root, 'src', room);
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.ts'))) {
      const target = join(out, 'src', room, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const { outputText } = ts.transpileModule(readFileSync(join(folder, file), 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
      });
      writeFileSync(target, outputText);
    }
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  return {
    importOf: (path) => pathToFileURL(join(out, 'src', path)).href,
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}
