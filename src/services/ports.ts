import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { AppError } from '../errors/index.js';

/** A port that was free a moment ago; whoever binds it must be ready to lose the race and ask again. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** For a port that the user fixed: says who has it, so that the user can decide which of the two moves. */
export async function assertPortFree(options: {
  readonly port: number;
  readonly host?: string;
  readonly what: string;
  /** The configuration key that fixed it. */
  readonly key: string;
}): Promise<void> {
  const { port, host = '127.0.0.1', what, key } = options;
  if (port === 0 || (await isPortFree(port, host))) return;
  const owner = portOwner(port);
  throw new AppError('services.port_in_use', `port ${port} for ${what} is taken by ${owner ?? 'another process'}`, {
    field: key,
    expected: `a free port on ${host}`,
    got: `${port}, used by ${owner ?? 'a process that could not be found out'}`,
    fix: `stop that process, or set ${key} to another port (0 takes a free one)`,
  });
}

/** `name (pid N)` of the listener, where the system tells. */
export function portOwner(port: number): string | undefined {
  try {
    return process.platform === 'linux' ? ownerFromProc(port) : ownerFromLsof(port);
  } catch {
    return undefined;
  }
}

function ownerFromProc(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local, , state] = fields;
      if (state === '0A' && local?.endsWith(`:${hex}`) === true) inodes.add(`socket:[${fields[9] ?? ''}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const pid = pids.find((candidate) => holdsOne(candidate, inodes));
  if (pid === undefined) return undefined;
  return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
}

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function ownerFromLsof(port: number): string | undefined {
  const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
  const pid = /^p(\d+)$/m.exec(stdout ?? '')?.[1];
  return pid === undefined ? undefined : `${/^c(.+)$/m.exec(stdout)?.[1] ?? 'process'} (pid ${pid})`;
}
