import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDead, LET_GO, parseOwner, thisProcess, type Owner } from './owner.js';

// FORMAT.md §6. Every step is one system call that one process wins, and a crash after any leaves a state that the next can read.

const LOCK = 'lock';
const DRAFT = 'lock.tmp';
const ASIDE = /^lock\.[0-9a-f]+$/;
/** A folder that has just been made has no lock for a moment. */
const UNLOCKED_PATIENCE_MS = 60_000;
/** So has one in a take-over; whoever is at it renames and links within this, and each of these is seen at the folder. */
const ASIDE_PATIENCE_MS = 1_000;

/** Makes the lock of a folder that has none. false: somebody else has. */
export function createLock(folder: string): boolean {
  const draft = join(folder, `${DRAFT}-${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(draft, JSON.stringify(thisProcess()), { mode: 0o600, flag: 'wx' });
    return linkOnce(draft, join(folder, LOCK));
  } finally {
    removeFile(draft);
  }
}

function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function overwrite(file: string, owner: Owner): void {
  const text = Buffer.from(JSON.stringify(owner));
  const fd = openSync(file, 'r+');
  try {
    writeSync(fd, text, 0, text.length, 0);
    ftruncateSync(fd, text.length);
  } finally {
    closeSync(fd);
  }
}

/** Takes a folder whose owner is dead. Of all that try, one gets true. */
export function takeOver(folder: string, now: number): boolean {
  const held = readLock(join(folder, LOCK));
  if (held === null) return isForsaken(folder, now) && createLock(folder) && sweep(folder);
  if (!isDead(parseOwner(held), now - lastTouched(folder))) return false;
  const aside = join(folder, `${LOCK}.${randomBytes(6).toString('hex')}`);
  try {
    renameSync(join(folder, LOCK), aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== held) return giveBack(folder, aside);
  // What is there is written over: a disk that is full gives no room for a new file.
  overwrite(aside, thisProcess());
  const won = linkOnce(aside, join(folder, LOCK));
  removeFile(aside);
  return won && sweep(folder);
}

/** Between the look and the rename another process had become the owner: the lock that was moved is its. */
function giveBack(folder: string, aside: string): false {
  linkOnce(aside, join(folder, LOCK));
  removeFile(aside);
  return false;
}

/**
 * Without a lock: made a moment ago, which only time tells from left behind; or in the middle of a take-over, and then a lock moved aside names
 * whose folder it was or who died in it. One that vanishes meanwhile shows that somebody is at it.
 */
function isForsaken(folder: string, now: number): boolean {
  const unchangedMs = now - statSync(folder).mtimeMs;
  const aside = asides(folder);
  if (unchangedMs < (aside.length === 0 ? UNLOCKED_PATIENCE_MS : ASIDE_PATIENCE_MS)) return false;
  return aside.every((name) => {
    const lock = readLock(join(folder, name));
    return lock !== null && isDead(parseOwner(lock), now - lastTouched(folder));
  });
}

/** A living owner on another host can't be asked; its folder shows it. */
const lastTouched = (folder: string): number =>
  readdirSync(folder).reduce((newest, name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return Math.max(newest, stat?.mtimeMs ?? 0);
  }, 0);

/**
 * The folder is ours: what earlier take-overs left is of no more use. What names a living process stays: it may be our own lock,
 * moved a moment ago by a process that is about to give it back.
 */
function sweep(folder: string): true {
  for (const name of asides(folder)) {
    const lock = readLock(join(folder, name));
    if (lock === null || isDead(parseOwner(lock), 0)) removeFile(join(folder, name));
  }
  return true;
}

const asides = (folder: string): string[] => readdirSync(folder).filter((name) => ASIDE.test(name));

/** Lets a folder go that is ours: the next process need not wait for this one's end. Half of it read means the same. */
export function letGo(folder: string): void {
  overwrite(join(folder, LOCK), { ...thisProcess(), start: LET_GO });
}

/** The owner lives. */
export function beat(folder: string): void {
  const now = new Date();
  utimesSync(join(folder, LOCK), now, now);
}

export function isOwned(folder: string): boolean {
  return readLock(join(folder, LOCK)) === JSON.stringify(thisProcess());
}

/** Whether somebody may take this folder; a look without taking. */
export function isUpForGrabs(folder: string, now: number): boolean {
  const held = readLock(join(folder, LOCK));
  return held === null ? isForsaken(folder, now) : isDead(parseOwner(held), now - lastTouched(folder));
}

function readLock(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export function removeFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;
