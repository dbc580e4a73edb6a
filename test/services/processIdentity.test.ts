import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  identityOf,
  isAlive,
  ownIdentity,
  parseStat,
  signalProcess,
  startTimeOf,
  stopProcess,
} from '../../src/services/processIdentity.js';
import { eventually } from './fixtures.js';

const stat = (comm: string, state = 'S'): string => `4711 (${comm}) ${state} 1 ${'0 '.repeat(17)}987654 0 0\n`;

describe('a process identity', () => {
  it.skipIf(process.platform !== 'linux')('reads field 22 whatever the command is called', () => {
    for (const comm of ['node', 'a) S 1 (b', ') ) )', 'x y z']) expect(parseStat(stat(comm))).toMatch(/^\w{8}:987654$/);
    expect(parseStat(stat('node', 'Z'))).toBeUndefined();
    expect(parseStat('')).toBeUndefined();
  });

  it('is stable for a live process and undefined for none', () => {
    expect(isAlive(ownIdentity())).toBe(true);
    expect(identityOf(process.pid)).toEqual(ownIdentity());
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 22 + 1]) expect(startTimeOf(pid)).toBeUndefined();
  });

  it('sends no signal to a process that only reuses the id', async () => {
    const child = spawn('sleep', ['30']);
    const identity = identityOf(child.pid ?? -1);
    expect(identity).toBeDefined();
    if (identity === undefined) return;
    const reused = { ...identity, startTime: 'another' };
    expect(isAlive(reused)).toBe(false);
    signalProcess(reused, 'SIGKILL');
    expect(await stopProcess(reused, [{ signal: 'SIGKILL', graceMs: 10 }])).toBe(true);
    expect(isAlive(identity)).toBe(true);
    expect(await stopProcess(identity, [{ signal: 'SIGTERM', graceMs: 5_000 }])).toBe(true);
  });

  it('counts a process that nobody has reaped as ended', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (chunk) => resolve(Number(chunk))));
    await eventually(() => startTimeOf(pid) === undefined);
    parent.kill('SIGKILL');
  });

  it('goes on to the next signal when the first is ignored', async () => {
    const child = spawn('sh', ['-c', 'trap "" TERM; echo on; while :; do sleep 0.05; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const identity = identityOf(child.pid ?? -1);
    if (identity === undefined) throw new Error('not started');
    expect(await stopProcess(identity, [{ signal: 'SIGTERM', graceMs: 150 }])).toBe(false);
    expect(await stopProcess(identity, [{ signal: 'SIGKILL', graceMs: 2_000 }])).toBe(true);
  });
});
