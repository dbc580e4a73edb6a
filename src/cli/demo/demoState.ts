import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import type { StateFolder } from '../../services/index.js';
import { writeWhole } from '../writeFile.js';

/** Where a demo run stands. An unfinished one is resumed under its session; a finished one gives way to a new session. */
export interface DemoState {
  readonly session: string;
  readonly resumed: boolean;
  /** Folder for what the auditor and the attacks get: policy, checkpoints, bundles. */
  readonly folder: string;
}

const FILE = 'state.json';

export async function openDemo(state: StateFolder): Promise<DemoState> {
  const root = join(state.dir, 'demo');
  mkdirSync(root, { recursive: true });
  const known = read(join(root, FILE));
  const unfinished = known !== null && !known.finished ? known.session : null;
  const session = unfinished ?? `demo-${ulid().toLowerCase()}`;
  const folder = join(root, session);
  mkdirSync(folder, { recursive: true });
  if (unfinished === null) await write(root, session, false);
  return { session, resumed: unfinished !== null, folder };
}

export async function finishDemo(state: StateFolder, { session }: DemoState): Promise<void> {
  await write(join(state.dir, 'demo'), session, true);
}

async function write(root: string, session: string, finished: boolean): Promise<void> {
  await writeWhole(join(root, FILE), `${JSON.stringify({ session, finished })}\n`);
}

function read(path: string): { session: string; finished: boolean } | null {
  if (!existsSync(path)) return null;
  try {
    const { session, finished } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return typeof session === 'string' && /^demo-[0-9a-z]{26}$/.test(session)
      ? { session, finished: finished === true }
      : null;
  } catch {
    return null;
  }
}
