import { describe, expect, test } from 'vitest';
import { interruptible, unlessAborted } from '../../src/cli/interrupt.js';
import { exitCodeOf } from '../../src/errors/index.js';

const forever = new Promise<never>(() => undefined);

describe('Ctrl-C', () => {
  test('ends the wait, lets what is open be closed, and is exit 130', async () => {
    const closed: string[] = [];
    const running = interruptible(async (signal) => {
      try {
        return await unlessAborted(signal, forever);
      } finally {
        closed.push('database');
      }
    });
    process.emit('SIGINT');
    const error = await running.catch((caught: unknown) => caught);
    expect(exitCodeOf(error)).toBe(130);
    expect(closed).toEqual(['database']);
  });

  test('is the reason given, whatever fails while things are torn down', async () => {
    const running = interruptible(async (signal) => {
      await unlessAborted(signal, forever).catch(() => undefined);
      throw new Error('connection terminated');
    });
    process.emit('SIGTERM');
    expect(exitCodeOf(await running.catch((caught: unknown) => caught))).toBe(130);
  });

  test('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT');
    await interruptible(async () => 'done');
    await interruptible(async () => Promise.reject(new Error('failed'))).catch(() => undefined);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
