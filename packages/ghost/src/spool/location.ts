import { lstatSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where spools may be, best first. What the caller or $TENET_SPOOL_DIR names is the only one. */
export function spoolPlaces(dir: string | undefined, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const named = dir ?? text(env['TENET_SPOOL_DIR']);
  if (named !== undefined) return [resolve(named)];
  const state = text(env['XDG_STATE_HOME']) ?? homeState();
  const temporary = join(tmpdir(), `tenet-spool-${process.getuid?.() ?? 'user'}`);
  return state === undefined ? [temporary] : [join(state, 'tenet', 'spool'), temporary];
}

/** A container's user may be in no passwd file: then it has no home. */
function homeState(): string | undefined {
  try {
    return join(homedir(), '.local', 'state');
  } catch {
    return undefined;
  }
}

const isGuessable = (place: string): boolean =>
  process.getuid !== undefined && place.startsWith(join(tmpdir(), 'tenet-spool-'));

const text = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/**
 * Makes the first place that can be made. A folder that another user prepared for us under a name that can be guessed is none
 * of ours. Throws the first place's error.
 */
export function makePlace(places: readonly string[]): string {
  let first: unknown;
  for (const place of places) {
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const { uid } = lstatSync(place);
      if (!isGuessable(place) || uid === process.getuid?.()) return place;
      throw new Error(`${place} belongs to another user`);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

const EPHEMERAL: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'overlay', 'aufs', 'rootfs', 'devtmpfs']);

/** Whether what is written under `path` is gone with the machine or the container. Unknown counts as no. */
export function isEphemeral(path: string, mountinfo = readMountinfo()): boolean {
  const type = fileSystemOf(existing(path), mountinfo);
  return type !== undefined && EPHEMERAL.has(type);
}

function readMountinfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** The nearest folder above that is there, without links. */
function existing(path: string): string {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      return realpathSync(at);
    } catch {
      if (dirname(at) === at) return at;
    }
  }
}

/** proc(5), mountinfo: field 5 is the mount point, the type follows the separator. Of mounts on one point the last is on top. */
export function fileSystemOf(path: string, mountinfo: string): string | undefined {
  let best = '';
  let type: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    const point = left
      ?.split(' ')[4]
      ?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    if (point === undefined || right === undefined || point.length < best.length) continue;
    if (path !== point && !path.startsWith(point === '/' ? '/' : `${point}/`)) continue;
    best = point;
    type = right.split(' ')[0];
  }
  return type;
}
