import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFileMutex, type MutexOptions } from '../../src/services/fileMutex.js';
import { compileRooms } from './compiled.js';
import { killHard, runScript, tempFolder } from './fixtures.js';

const folder = tempFolder();
let rooms: ReturnType<typeof compileRooms>;
beforeAll(() => {
  rooms = compileRooms('mutex');
});
afterAll(() => {
  rooms.remove();
  folder.remove();
});

const options: MutexOptions = {
  waitMs: 20_000,
  onTimeout: (holder) => new Error(`held by ${holder?.pid ?? 'nobody'}`),
};

describe('the file mutex', () => {
  it('lets one holder in at a time within a process', async () => {
    const file = join(folder.path, 'within');
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileMutex(file, options, async () => {
          most = Math.max(most, (inside += 1));
          await sleep(3);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('loses no update between processes, though each round one of them is killed while it holds', async () => {
    const file = join(folder.path, 'between');
    const counter = join(folder.path, 'counter');
    writeFileSync(counter, '0');
    const script = (rounds: number, hang: boolean): string => `
      import { readFileSync, writeFileSync } from 'node:fs';
      const { withFileMutex } = await import(${JSON.stringify(rooms.importOf('services/fileMutex.js'))});
      const options = { waitMs: 20000, onTimeout: () => new Error('timeout') };
      for (let i = 0; i < ${rounds}; i++) await withFileMutex(${JSON.stringify(file)}, options, async () => {
        const value = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'));
        await new Promise((r) => setTimeout(r, 1));
        writeFileSync(${JSON.stringify(counter)}, String(value + 1));
        ${hang ? "console.log('held now'); await new Promise((r) => setTimeout(r, 60000));" : ''}
      });
      console.log('done now');
      setInterval(() => undefined, 1000);`;
    const dying = runScript(script(1, true));
    await dying.line('held');
    const workers = [1, 2, 3].map(() => runScript(script(10, false)));
    await sleep(200);
    await killHard(dying.child);
    await Promise.all(workers.map((worker) => worker.line('done')));
    expect(readFileSync(counter, 'utf8')).toBe('31');
    await Promise.all(workers.map((worker) => killHard(worker.child)));
  });

  it('names the holder when the wait runs out, and can be aborted', async () => {
    const file = join(folder.path, 'held');
    await withFileMutex(file, options, async () => {
      const impatient = withFileMutex(file, { ...options, waitMs: 40 }, async () => undefined);
      await expect(impatient).rejects.toThrow(`held by ${process.pid}`);
      const aborted = withFileMutex(file, { ...options, signal: AbortSignal.timeout(30) }, async () => undefined);
      await expect(aborted).rejects.toThrow(/abort|timeout/i);
    });
  });

  it('breaks a lock that nobody can read', async () => {
    const file = join(folder.path, 'garbage');
    writeFileSync(file, '{');
    expect(await withFileMutex(file, options, async () => 'in')).toBe('in');
  });
});
