import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Package {
  readonly root: string;
  readonly version: string;
}

let found: Package | undefined;

/** The folder of this package, the same for sources and for the compiled files under `dist/`. */
export function ownPackage(): Package {
  found ??= search(import.meta.dirname);
  return found;
}

function search(from: string): Package {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        unknown
      >;
      if (name === 'tenet') return { root: folder, version: String(version) };
    } catch (error) {
      if (folder === dirname(folder)) throw error;
    }
  }
}
