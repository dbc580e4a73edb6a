import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 30;
const PAUSE_MS = 1_000;

/** A server that restarts is waited for; after the last try the failure is thrown as it came. */
export async function connectTemporal<T>(connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect();
    } catch (error) {
      if (attempt === TRIES) throw error;
      process.stderr.write(`Temporal does not answer (try ${attempt} of ${TRIES})\n`);
      await sleep(PAUSE_MS);
    }
  }
}
