import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workerThreads from 'node:worker_threads';

/** What a fenced process may reach, and who is told of what it tried. */
export interface FenceRules {
  /** Asked for every connection; `target` is host:port, or a socket path. */
  readonly mayConnect: (target: string) => boolean;
  readonly mayResolve: (host: string) => boolean;
  readonly refused: (what: string) => void;
}

export interface Fence {
  /**
   * Closes connections that were allowed when they were made and are not now: clients keep them for the next request. null: there were
   * none; else resolves when their owners have seen them closed.
   */
  dropUnreachable(): Promise<unknown> | null;
}

/** Thrown, or given to callbacks, where agent code reaches out past its tools. */
export class FenceError extends Error {
  readonly code = 'replay.fence';

  constructor(what: string) {
    super(`${what} is refused in a replay: call it through ghost.tool or ghost.openai`);
    this.name = 'FenceError';
  }
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Replaces the ways out of this process that JavaScript has: sockets (http, https, fetch and TLS go through them), datagrams,
 * name look-ups, child processes, threads. A guard rail against agents that call out by themselves, not a sandbox:
 * native code and `process.binding` are not covered. Must run before the agent's code is loaded.
 */
export function installFence(rules: FenceRules): Fence {
  const open = new Map<net.Socket, string>();
  const refuse = (what: string): FenceError => {
    rules.refused(what);
    return new FenceError(what);
  };
  fenceSockets(rules, refuse, open);
  fenceDatagrams(refuse);
  fenceNames(rules, refuse);
  fenceProcesses(refuse);
  // Named imports of built-ins are copies; without this they would keep the originals.
  syncBuiltinESMExports();
  return {
    dropUnreachable: () => {
      if (open.size === 0) return null;
      const closing = [...open].flatMap(([socket, target]) => (rules.mayConnect(target) ? [] : [closed(socket)]));
      return closing.length === 0 ? null : Promise.all(closing);
    },
  };
}

const closed = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => void socket.once('close', () => resolve()).destroy());

function replace(owner: object, name: string, make: (original: Method) => Method): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return;
  Object.defineProperty(owner, name, {
    value: make(original as Method),
    configurable: true,
    writable: true,
    enumerable: true,
  });
}

function fenceSockets(rules: FenceRules, refuse: (what: string) => FenceError, open: Map<net.Socket, string>): void {
  const later = setImmediate;
  replace(
    net.Socket.prototype,
    'connect',
    (connect) =>
      function (this: unknown, ...args: unknown[]) {
        const socket = this as net.Socket;
        const target = targetOf(args);
        if (rules.mayConnect(target)) {
          open.set(socket, target);
          socket.once('close', () => open.delete(socket));
          return connect.apply(socket, args);
        }
        // As a connection error, and no sooner than a real one: http listens for it a tick later.
        const error = refuse(`a connection to ${target}`);
        // Until then writes wait, as they do while a real connection is made.
        Reflect.set(socket, 'connecting', true);
        later(() => socket.destroy(error));
        return socket;
      },
  );
}

/** net.connect's argument forms: (path), (port, host), (options), and the normalised [options, callback]. */
export function targetOf(args: readonly unknown[]): string {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { path?: unknown; host?: unknown; port?: unknown };
    return typeof path === 'string' && path !== '' ? path : hostPort(host, port);
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return first;
  return hostPort(args[1], first);
}

const hostPort = (host: unknown, port: unknown): string =>
  `${typeof host === 'string' && host !== '' ? host.toLowerCase() : 'localhost'}:${String(port)}`;

function fenceDatagrams(refuse: (what: string) => FenceError): void {
  for (const name of ['send', 'connect', 'bind', 'addMembership']) {
    replace(
      dgram.Socket.prototype,
      name,
      () =>
        function () {
          throw refuse('a datagram');
        },
    );
  }
}

const LOOKS_UP = /^(lookup|resolve|reverse)/;

function fenceNames(rules: FenceRules, refuse: (what: string) => FenceError): void {
  const answers = (kind: 'callback' | 'promise') => (original: Method) =>
    function (this: unknown, ...args: unknown[]) {
      const host = String(args[0]);
      if (rules.mayResolve(host.toLowerCase())) return original.apply(this, args);
      const error = refuse(`a look-up of ${host}`);
      if (kind === 'promise') return Promise.reject(error);
      const callback = args.findLast((arg) => typeof arg === 'function') as ((error: Error) => void) | undefined;
      if (callback === undefined) throw error;
      process.nextTick(callback, error);
      return {};
    };
  const owners: [object, 'callback' | 'promise'][] = [
    [dns, 'callback'],
    [dns.Resolver.prototype, 'callback'],
    [dns.promises, 'promise'],
    [dns.promises.Resolver.prototype, 'promise'],
  ];
  for (const [owner, kind] of owners) {
    for (const name of namesOf(owner)) if (LOOKS_UP.test(name)) replace(owner, name, answers(kind));
  }
}

/** Resolver methods lie on an internal base class. */
function namesOf(owner: object): readonly string[] {
  const names = new Set<string>();
  for (
    let at: object | null = owner;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names];
}

function fenceProcesses(refuse: (what: string) => FenceError): void {
  const throwing = (what: string) => () =>
    function () {
      throw refuse(what);
    };
  for (const name of ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync']) {
    replace(childProcess, name, throwing('a child process'));
  }
  replace(childProcess.ChildProcess.prototype, 'spawn', throwing('a child process'));
  replace(workerThreads, 'Worker', throwing('a thread'));
}
