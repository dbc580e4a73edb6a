import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GhostProblem } from '../config.js';
import { errorText } from '../errorText.js';
import { FileBacking } from './backing.js';
import { Folder, isScaffold, segmentNumbers } from './folder.js';
import { codeOf, isUpForGrabs, takeOver } from './lock.js';
import { SegmentQueue, stored } from './queue.js';
import { readSegmentHead } from './readSegment.js';

/** What a dead process left behind and this one brings to the server. */
export interface Adopted {
  readonly folder: Folder;
  readonly queue: SegmentQueue;
}

export interface AdoptOptions {
  readonly dirs: readonly string[];
  /** Only records of this log and key are accepted by the server from us. */
  readonly log: string;
  readonly kid: string;
  readonly now: () => number;
  readonly problem: (problem: GhostProblem) => void;
  readonly most: number;
}

const PRODUCER = /^prd_[0-9A-Z]{26}$/;
const HEAD_BYTES = 8_192;

/** Takes over folders whose owners are dead. Folders that hold nothing any more are removed on the way. */
export function adoptAbandoned(options: AdoptOptions): Adopted[] {
  const adopted: Adopted[] = [];
  for (const dir of options.dirs) {
    for (const name of foldersOf(dir)) {
      if (adopted.length >= options.most) return adopted;
      const one = attempt(join(dir, name), options);
      if (one !== null) adopted.push(one);
    }
  }
  return adopted;
}

/** Another process may be at the same folder: what vanishes meanwhile is its doing. */
function attempt(path: string, options: AdoptOptions): Adopted | null {
  try {
    return adopt(path, options);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTEMPTY') {
      const message = `${path} can't be taken over: ${errorText(error)}`;
      options.problem({ code: 'spool.adopt', message });
    }
    return null;
  }
}

function adopt(path: string, options: AdoptOptions): Adopted | null {
  const now = options.now();
  if (!isUpForGrabs(path, now)) return null;
  if (segmentNumbers(path).length === 0) {
    if (isScaffold(path) && takeOver(path, now)) Folder.owned(path).release();
    return null;
  }
  if (!isOurs(path, options) || !takeOver(path, now)) return null;
  const folder = Folder.owned(path);
  return { folder, queue: queueOf(folder, options.problem) };
}

/** A folder without any readable header belongs to nobody who could tell: its damage is moved aside. */
function isOurs(path: string, { log, kid }: AdoptOptions): boolean {
  for (const number of segmentNumbers(path)) {
    const file = FileBacking.of(Folder.owned(path).segmentPath(number));
    try {
      const window = Buffer.alloc(Math.min(HEAD_BYTES, file.size));
      file.read(window, 0);
      const { header } = readSegmentHead(window);
      return header.log === log && header.kid === kid;
    } catch (error) {
      if (codeOf(error)?.startsWith('E')) throw error;
    } finally {
      file.close();
    }
  }
  return true;
}

/** Everything that is there, from where the former owner had got to in its segment. */
export function queueOf(folder: Folder, problem: (problem: GhostProblem) => void): SegmentQueue {
  const acked = folder.readAcked();
  const queue = new SegmentQueue({
    problem,
    keepTorn: (number, bytes) => folder.keepTorn(number, bytes),
    lost: () => undefined,
  });
  for (const number of segmentNumbers(folder.path)) {
    const hint = number === acked.segment ? acked.offset : 0;
    queue.push(stored(number, FileBacking.of(folder.segmentPath(number)), { hint }));
  }
  return queue;
}

function foldersOf(dir: string): string[] {
  try {
    return readdirSync(dir).filter(
      (name) => PRODUCER.test(name) && statSync(join(dir, name), { throwIfNoEntry: false })?.isDirectory(),
    );
  } catch {
    return [];
  }
}
