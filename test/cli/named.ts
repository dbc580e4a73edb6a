import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built binary; another build of it can be named. */
export const BINARY = process.env['TENET_BIN'] ?? fileURLToPath(new URL('../../bin/tenet.js', import.meta.url));

/** The binary under its name, as an installation has it: hints then say `tenet …`, wherever this checkout lies. */
export function installIn(folder: string): { readonly script: string; readonly env: { readonly PATH: string } } {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(BINARY, join(bin, 'tenet'));
  return { script: join(bin, 'tenet'), env: { PATH: bin } };
}
