import { Worker } from 'node:worker_threads';

const POLL_MS = 500;

/** Runs beside agent code that may never give the main thread back, so it is a thread of its own. */
const CODE = `
const parent = process.ppid;
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${POLL_MS});
`;

/** Ends this process when its parent is gone, even by SIGKILL and even while agent code loops. */
export function dieWithParent(): void {
  new Worker(CODE, { eval: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: 16 } }).unref();
}
