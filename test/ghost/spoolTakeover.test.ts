import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { beat, createLock, isOwned, isUpForGrabs, letGo, takeOver } from '../../packages/ghost/src/spool/lock.js';
import { isDead, LET_GO, parseOwner, thisProcess, type Owner } from '../../packages/ghost/src/spool/owner.js';
import { Pipes } from './support/pipelines.js';
import { built, outputOf, startScript } from './support/processes.js';

const pipes = new Pipes();
afterEach(() => pipes.clear());

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

function folderOf(owner: Owner | string | null): string {
  const folder = join(pipes.dir(), 'prd_x');
  mkdirSync(folder);
  if (owner !== null) writeFileSync(join(folder, 'lock'), typeof owner === 'string' ? owner : JSON.stringify(owner));
  return folder;
}

const GONE: Owner = { ...thisProcess(), pid: 2 ** 22 - 1 };

describe('an owner', () => {
  it.each([
    ['this process', thisProcess(), 0, false],
    ['a process that is gone', GONE, 0, true],
    ['another process with the same number', { ...thisProcess(), start: '1' }, 0, true],
    ['a process of a start that is not known', { ...thisProcess(), start: '' }, 0, false],
    ['one that let go', { ...thisProcess(), start: LET_GO }, 0, true],
    ['one before the machine started', { ...thisProcess(), boot: 'other' }, 0, true],
    ['one on another host', { ...GONE, host: 'other' }, WEEK - HOUR, false],
    ['one on another host, long ago', { ...GONE, host: 'other' }, WEEK + HOUR, true],
    ['one in another container of the pod that shows itself', { ...GONE, ns: 'pid:[1]' }, 290_000, false],
    ['one in a container before this one', { ...GONE, ns: 'pid:[1]' }, 310_000, true],
    ['one in another container that never shows itself', { ...GONE, ns: 'pid:[1]', beat: undefined }, HOUR, false],
    ['one that does not say its container', { pid: GONE.pid, start: '', boot: GONE.boot, host: hostname() }, 0, true],
    ['nobody', null, 0, true],
  ] as const)('%s', (_, owner, age, dead) => {
    expect(isDead(owner as Owner | null, age)).toBe(dead);
  });

  it.each(['', '{}', '{"pid":"1"}', '[1]', 'null'])('is none in %j', (text) => {
    expect(parseOwner(text)).toBeNull();
  });
});

describe('a lock', () => {
  it('is made once', () => {
    const folder = folderOf(null);
    expect(createLock(folder)).toBe(true);
    expect(createLock(folder)).toBe(false);
    expect(isOwned(folder)).toBe(true);
    expect(takeOver(folder, Date.now())).toBe(false);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('of a dead owner is taken over, and of one that let go at once', () => {
    const folder = folderOf(GONE);
    expect(takeOver(folder, Date.now())).toBe(true);
    expect(isOwned(folder)).toBe(true);
    letGo(folder);
    expect(isUpForGrabs(folder, Date.now())).toBe(true);
    expect(takeOver(folder, Date.now())).toBe(true);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('that nobody could write whole belongs to nobody', () => {
    expect(takeOver(folderOf('{"pid":'), Date.now())).toBe(true);
  });

  it('is missing: the folder is left alone for a minute, then taken', () => {
    const folder = folderOf(null);
    expect(takeOver(folder, Date.now())).toBe(false);
    expect(takeOver(folder, Date.now() + 61_000)).toBe(true);
  });

  it('is missing in the middle of a take-over: nobody takes the folder while the one that was moved aside lives', () => {
    const folder = folderOf(null);
    writeFileSync(join(folder, 'lock.abc'), JSON.stringify(thisProcess()));
    expect(takeOver(folder, Date.now() + HOUR)).toBe(false);
    writeFileSync(join(folder, 'lock.abc'), JSON.stringify(GONE));
    expect(takeOver(folder, Date.now() + HOUR)).toBe(true);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is missing since whoever took over was killed in it: the folder is free a second later', () => {
    const folder = folderOf(null);
    writeFileSync(join(folder, 'lock.abc'), JSON.stringify(GONE));
    expect(takeOver(folder, Date.now())).toBe(false);
    expect(takeOver(folder, Date.now() + 1_001)).toBe(true);
    expect(readdirSync(folder)).toEqual(['lock']);
    expect(isOwned(folder)).toBe(true);
  });

  it('is shown to be alive by its time', () => {
    const folder = folderOf({ ...GONE, ns: 'pid:[1]' });
    const old = new Date(Date.now() - HOUR);
    utimesSync(join(folder, 'lock'), old, old);
    expect(isUpForGrabs(folder, Date.now())).toBe(true);
    beat(folder);
    expect(isUpForGrabs(folder, Date.now())).toBe(false);
  });

  it('of another host is judged by what last happened in the folder', () => {
    const folder = folderOf({ ...GONE, host: 'other' });
    const old = new Date(Date.now() - WEEK - HOUR);
    utimesSync(join(folder, 'lock'), old, old);
    writeFileSync(join(folder, 'acked'), '{}');
    expect(takeOver(folder, Date.now())).toBe(false);
    utimesSync(join(folder, 'acked'), old, old);
    expect(takeOver(folder, Date.now())).toBe(true);
  });
});

it('of several processes that want the same folders exactly one gets each', async () => {
  const dir = pipes.dir();
  const folders = Array.from({ length: 200 }, (_, i) => join(dir, `prd_${i}`));
  for (const folder of folders) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'lock'), JSON.stringify(GONE));
  }
  const script = `
    import { existsSync } from 'node:fs';
    import { isOwned, takeOver } from '${built('spool/lock.js')}';
    const folders = ${JSON.stringify(folders)};
    console.log('ready');
    while (!existsSync('${dir}/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    const won = folders.filter((folder) => takeOver(folder, Date.now()));
    // A process that came too late moves a lock away for a moment before it gives it back.
    const owned = (folder) => {
      for (let tries = 0; tries < 500; tries += 1) {
        if (isOwned(folder)) return true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      }
      return false;
    };
    console.log(JSON.stringify(won), won.every(owned));
    process.stdin.resume();
    setTimeout(() => process.exit(), 1000);
  `;
  const children = Array.from({ length: 6 }, () => startScript(script));
  let ready = 0;
  const outputs = children.map((child) => {
    child.stdout?.once('data', () => {
      ready += 1;
      if (ready === children.length) writeFileSync(join(dir, 'go'), '');
    });
    return outputOf(child);
  });
  const won = (await Promise.all(outputs)).map((output) => {
    const [, line] = output.split('\n');
    expect(line).toMatch(/ true$/);
    return JSON.parse(line!.slice(0, -' true'.length)) as string[];
  });
  expect(won.flat().sort()).toEqual([...folders].sort());
  for (const folder of folders) {
    expect(readdirSync(folder)).toEqual(['lock']);
    expect(parseOwner(readFileSync(join(folder, 'lock'), 'utf8'))).not.toMatchObject({ pid: GONE.pid });
  }
  expect(existsSync(join(dir, 'go'))).toBe(true);
});
