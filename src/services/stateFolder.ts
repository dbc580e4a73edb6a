import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors/index.js';
import { createFile, readIfPresent } from './atomicFile.js';
import { ownPackage } from './packageRoot.js';

/** Raised when a later version of Tenet lays the folder out so that this one would misread it. */
export const STATE_VERSION = 1;

export interface StateFolder {
  readonly dir: string;
  readonly logs: string;
  readonly locks: string;
  readonly secrets: string;
  /** May be shared by several state folders; holds only what can be fetched again. */
  readonly tools: string;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

export function stateFolderOf(config: {
  readonly stateDir: string;
  readonly toolsDir?: string | undefined;
}): StateFolder {
  const dir = config.stateDir;
  return {
    dir,
    logs: join(dir, 'logs'),
    locks: join(dir, 'locks'),
    secrets: join(dir, 'secrets'),
    tools: config.toolsDir ?? join(dir, 'tools'),
  };
}

/** Creates what is missing and refuses a folder of a newer version, before anything in it is read or written. */
export function openStateFolder(config: Parameters<typeof stateFolderOf>[0]): StateFolder {
  const folder = stateFolderOf(config);
  readStateVersion(folder);
  try {
    // As root the database runs as another user, which has to pass through this folder but not to list it.
    mkdirSync(folder.dir, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
    for (const inner of [folder.logs, folder.locks, folder.tools]) mkdirSync(inner, { recursive: true });
    mkdirSync(folder.secrets, { recursive: true, mode: 0o700 });
    createFile(join(folder.dir, '.gitignore'), '*\n');
    const made = JSON.stringify({ version: STATE_VERSION, createdBy: `tenet ${ownPackage().version}` });
    createFile(join(folder.dir, 'state.json'), `${made}\n`);
  } catch (error) {
    throw unusable(folder.dir, error instanceof Error ? error.message : String(error), error);
  }
  // Another command of another version may have created it in between.
  readStateVersion(folder);
  return folder;
}

/** The version of an existing folder; undefined when there is none yet. */
export function readStateVersion({ dir }: StateFolder): number | undefined {
  const file = join(dir, 'state.json');
  const text = readState(dir, file);
  if (text === undefined) return undefined;
  const { version, createdBy } = parseState(text, file);
  if (version > STATE_VERSION) {
    throw new AppError('services.state_newer', `${dir} was written by a newer version (${createdBy})`, {
      field: file,
      expected: `state version ${STATE_VERSION} or lower`,
      got: `state version ${version}`,
      fix: `update Tenet, or use another folder: TENET_STATE_DIR=./tenet-${STATE_VERSION}`,
    });
  }
  return version;
}

function readState(dir: string, file: string): string | undefined {
  try {
    const stat = statSync(dir, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isDirectory()) return readIfPresent(file);
  } catch (error) {
    throw unusable(dir, error instanceof Error ? error.message : String(error), error);
  }
  throw unusable(dir, 'it is a file, not a folder');
}

function parseState(text: string, file: string): { version: number; createdBy: string } {
  try {
    const { version, createdBy } = JSON.parse(text) as Record<string, unknown>;
    if (typeof version === 'number' && Number.isSafeInteger(version) && version > 0) {
      return { version, createdBy: typeof createdBy === 'string' ? createdBy.slice(0, 100) : 'unknown' };
    }
  } catch (error) {
    throw unusable(file, 'it is not valid JSON', error);
  }
  throw unusable(file, 'it names no state version');
}

function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'services.state_unusable',
    `the state folder cannot be used: ${path}: ${reason}`,
    { field: 'stateDir', got: path, fix: 'restore it from a copy, or use another folder with TENET_STATE_DIR' },
    { cause },
  );
}

/** What a kill in the middle of a fetch or an initdb left behind. */
export function removeLeftover(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
