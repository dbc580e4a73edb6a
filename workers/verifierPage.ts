import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The single-file verifier of inquiry packages: one page, no network, nothing of ours but the code in it. */
export const VERIFIER_PATH = join(root, 'inquiry-verifier.html');

/** Bundled from the same modules that `tenet inquiry verify` runs, so that a page and a command cannot disagree. */
export async function buildVerifier(): Promise<void> {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: join(root, 'src', 'inquiry', 'html', 'main.js'),
    platform: 'browser',
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'iife', minify: true, sourcemap: false });
  await build.close();
  const [chunk] = output;
  const page = readFileSync(new URL('../../src/inquiry/html/page.html', import.meta.url), 'utf8');
  // A function, since "$&" in code would be taken for a pattern; and no script may end the element it stands in.
  const code = chunk.code.replaceAll('</script', '<\\/script');
  // Whole files only: a worker may be reading the one that is there.
  const draft = `${VERIFIER_PATH}.${process.pid}.new`;
  writeFileSync(
    draft,
    page.replace('/*CODE*/', () => code),
  );
  renameSync(draft, VERIFIER_PATH);
}
