import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeAll, startTogether } from '../../src/runtime/closing.js';

describe('closing', () => {
  it('goes on when one close throws, last opened first, and throws the first failure at the end', async () => {
    const closed: string[] = [];
    const close =
      (name: string, fails = false) =>
      async (): Promise<void> => {
        closed.push(name);
        if (fails) throw new Error(`${name} failed`);
      };
    const opened = [close('services'), close('database', true), close('platform'), close('client', true)];
    await expect(closeAll(opened)).rejects.toThrow('client failed');
    expect(closed).toEqual(['client', 'platform', 'database', 'services']);
    await expect(closeAll(opened.slice(0, 1))).resolves.toBeUndefined();
  });
});

describe('things started together', () => {
  it('are all told and waited for when one of them fails', async () => {
    const ended: string[] = [];
    const starting = async (name: string, signal: AbortSignal): Promise<string> => {
      await sleep(5_000, undefined, { signal }).catch(() => undefined);
      await sleep(20);
      ended.push(name);
      signal.throwIfAborted();
      return name;
    };
    const failing = async (): Promise<string> => {
      await sleep(5);
      throw new Error('the port is taken');
    };
    const began = performance.now();
    const started = startTogether<[string, string, string]>(undefined, (signal) => [
      starting('worker', signal),
      failing(),
      starting('client', signal),
    ]);
    await expect(started).rejects.toThrow('the port is taken');
    expect(ended.sort()).toEqual(['client', 'worker']);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('hear of the caller’s signal, and are handed back in order', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    await expect(startTogether<[string]>(stop, (signal) => [Promise.reject(signal.reason as Error)])).rejects.toThrow(
      'stopped',
    );
    await expect(
      startTogether<[number, string]>(undefined, () => [Promise.resolve(1), Promise.resolve('b')]),
    ).resolves.toEqual([1, 'b']);
  });
});
