import type { latestBaseline as find } from '../runtime/index.js';

/** As the runtime finds it, which is loaded only for that. */
export async function latestBaseline(...about: Parameters<typeof find>): Promise<string> {
  const runtime = await import('../runtime/index.js');
  return runtime.latestBaseline(...about);
}
