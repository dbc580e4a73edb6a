import { createRequire } from 'node:module';
import type { WorkParts } from './workParts.js';

/** `require`, as the bundles of this package have it: a bundler of an application finds it there and brings the file along. */
declare const requireBeside: (file: './tenetGhostParts.cjs') => WorkParts;

const FILE = './tenetGhostParts.cjs';
let loaded: WorkParts | undefined;

/** Synchronous, since it is asked for in `exit` too. */
export const workParts = (): WorkParts => (loaded ??= load());

function load(): WorkParts {
  try {
    return requireBeside('./tenetGhostParts.cjs');
  } catch {
    // A module has no `require` of its own.
    return createRequire(import.meta.url)(FILE) as WorkParts;
  }
}
