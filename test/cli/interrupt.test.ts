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

  test('waits for the work to clean up; an echo of the first is none, the second leaves at once', async () => {
    const [said, left]: [string[], number[]] = [[], []];
    let now = 1_000;
    let cleaned = false;
    const options = { say: (line: string) => said.push(line), now: () => now, exit: (code: number) => left.push(code) };
    const running = interruptible(async (signal) => {
      await unlessAborted(signal, forever).catch(() => undefined);
      now += 20;
      process.emit('SIGINT');
      expect(left).toEqual([]);
      now += 2_000;
      process.emit('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 20));
      cleaned = true;
    }, options);
    process.emit('SIGINT');
    await running;
    expect({ cleaned, left, said }).toEqual({
      cleaned: true,
      left: [130],
      said: ['stopping; once more to leave at once'],
    });
  });

  test('that came before the wait is heard, and a failure of the work left behind is nobody’s', async () => {
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(unlessAborted(stopped, Promise.reject(new Error('later')))).rejects.toThrow('stopped');
  });

  test('leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT');
    await interruptible(async () => 'done');
    await interruptible(async () => Promise.reject(new Error('failed'))).catch(() => undefined);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
