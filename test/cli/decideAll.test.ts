import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { decideAll } from '../../src/cli/demo/decideAll.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const never = new AbortController().signal;

describe('deciding one after the other', () => {
  test('decides each once, at most so many at a time', async () => {
    const seen: number[] = [];
    let [under, most, told] = [0, 0, 0];
    const decide = async (item: number): Promise<void> => {
      most = Math.max(most, (under += 1));
      seen.push(item);
      await sleep(1);
      under -= 1;
    };
    await decideAll(numbers(50), decide, { atOnce: 4, signal: never, onDecided: () => (told += 1) });
    expect({ seen, most, told }).toEqual({ seen: numbers(50), most: 4, told: 50 });
  });

  test('is stopped by a signal even where no decision ever waits for anything', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 5);
    let made = 0;
    const decide = async (): Promise<void> => {
      for (const until = performance.now() + 0.05; performance.now() < until;);
      made += 1;
    };
    const options = { atOnce: 1, signal: stop.signal, onDecided: () => undefined };
    await expect(decideAll(numbers(100_000), decide, options)).rejects.toThrow('stopped');
    expect(made).toBeLessThan(5_000);
  });

  test('waits for what is under way before it gives up', async () => {
    const stop = new AbortController();
    const ended: number[] = [];
    const decide = async (item: number): Promise<void> => {
      if (item === 2) stop.abort(new Error('stopped'));
      await sleep(10 * (item + 1));
      ended.push(item);
    };
    const options = { atOnce: 3, signal: stop.signal, onDecided: () => undefined };
    await expect(decideAll(numbers(9), decide, options)).rejects.toThrow('stopped');
    expect(ended).toEqual([0, 1, 2]);
  });

  test('a decision that fails ends it, and is what is thrown', async () => {
    const seen: number[] = [];
    const decide = async (item: number): Promise<void> => {
      seen.push(item);
      await sleep(item === 1 ? 2 : 10);
      if (item === 1) throw new Error('no endpoint');
    };
    const options = { atOnce: 2, signal: never, onDecided: () => undefined };
    await expect(decideAll(numbers(100), decide, options)).rejects.toThrow('no endpoint');
    expect(seen).toEqual([0, 1]);
  });
});
