import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ThreadData } from './threadMessages.js';

/**
 * Throws where there is no thread to be had. The thread inherits no preloaded modules of the application: what they print or patch is
 * nothing to do with ours. Its output goes nowhere. The file's name is one that no application bundled together with us will have beside it:
 * the thread is given the key.
 */
export function startThread(data: ThreadData): Worker {
  const url = new URL(
    import.meta.url.endsWith('.cjs') ? './tenetGhostThread.cjs' : './tenetGhostThread.js',
    import.meta.url,
  );
  if (!existsSync(fileURLToPath(url))) throw new Error(`${fileURLToPath(url)} is not there: was the package bundled?`);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const thread = new Worker(url, {
    workerData: data,
    execArgv: [],
    env,
    stdout: true,
    stderr: true,
    name: 'tenet-ghost',
  });
  thread.unref();
  return thread;
}
