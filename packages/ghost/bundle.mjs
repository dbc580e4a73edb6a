// Makes the bundles out of what tsc left in dist: CommonJS, and ESM that loads in a fifth of the time of 150 files.
import { cpSync, mkdirSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');

/** The package's doors, and the thread that is started by its file's name. */
export const ENTRIES = {
  index: join(dist, 'index.js'),
  replay: join(dist, 'replay.js'),
  dagster: join(dist, 'dagster', 'index.js'),
  spool: join(dist, 'spool', 'index.js'),
  tenetGhostThread: join(dist, 'host', 'tenetGhostThread.js'),
};

/** What a door loads when it is first needed, on its own thread or on another: one file, the same beside ESM and CommonJS. */
export const PARTS = { tenetGhostParts: join(dist, 'host', 'tenetGhostParts.js') };

/** Puts `workPartsLater` in the place of `workParts`, and its `require` where no bundler sees it before an application's does. */
const partsLater = {
  name: 'parts-later',
  resolveId: (id) => (id.endsWith('/workParts.js') ? join(dist, 'host', 'workPartsLater.js') : null),
  generateBundle: (_, files) => {
    for (const file of Object.values(files)) file.code = file.code?.replaceAll('requireBeside(', 'require(');
  },
};

/**
 * Files by name. What the doors share is in chunks of its own, so that classes and state are the same behind each. `later`: without the
 * parts that are in a file of their own.
 */
export async function bundle(input, format, { external = [], later = false } = {}) {
  const built = await rolldown({
    input,
    platform: 'node',
    external: (id) => isBuiltin(id) || external.includes(id),
    logLevel: 'silent',
    plugins: later ? [partsLater] : [],
  });
  const extension = format === 'cjs' ? 'cjs' : 'js';
  const { output } = await built.generate({
    format,
    minify: true,
    exports: 'named',
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `shared-[hash].${extension}`,
  });
  await built.close();
  return Object.fromEntries(output.map(({ fileName, code }) => [fileName, code]));
}

/** Whole files only: a process may be starting from the ones that are there. */
function place(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const draft = join(folder, `${name}.${process.pid}.new`);
    writeFileSync(draft, text);
    renameSync(draft, join(folder, name));
  }
}

/** Chunks of earlier builds. */
function sweep(folder, files) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('shared-') && !(name in files)) unlinkSync(join(folder, name));
  }
}

/** The types once more, for whom a .d.ts beside a package.json of type commonjs describes CommonJS. */
function copyTypes(folder) {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (name.endsWith('.d.ts') && !/^(cjs|esm)\W/.test(name)) cpSync(join(dist, name), join(folder, name));
  }
}

export async function build() {
  const parts = await bundle(PARTS, 'cjs');
  const cjs = { ...(await bundle(ENTRIES, 'cjs', { later: true })), ...parts };
  const esm = { ...(await bundle(ENTRIES, 'es', { later: true })), ...parts };
  place(join(dist, 'esm'), esm);
  place(join(dist, 'cjs'), { ...cjs, 'package.json': `${JSON.stringify({ type: 'commonjs' })}\n` });
  sweep(join(dist, 'esm'), esm);
  sweep(join(dist, 'cjs'), cjs);
  copyTypes(join(dist, 'cjs'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
