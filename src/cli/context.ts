import type { Command } from 'commander';
import type { LoadedConfig, TenetConfig } from '../config/index.js';
import type { Stores } from '../db/index.js';
import type { Platform } from '../platform/index.js';
import type { StartOptions } from '../services/index.js';
import { interruptible, unlessAborted } from './interrupt.js';
import { createOutput, OUTPUT_FORMATS, type Output, type OutputFormat } from './output.js';
import { createProgress } from './progress.js';

/** Options of the program itself, which every command takes. */
export interface GlobalOptions {
  readonly output?: OutputFormat;
  readonly stateDir?: string;
  readonly config?: string;
}

export interface CommandContext {
  readonly loaded: LoadedConfig;
  readonly config: TenetConfig;
  readonly output: Output;
}

/** Flags of the command line over environment, file and defaults. Throws `config.invalid`, exit 2. */
export async function openContext(command: Command): Promise<CommandContext> {
  const globals = command.optsWithGlobals<GlobalOptions>();
  const { loadConfig } = await import('../config/index.js');
  const loaded = loadConfig({
    flags: { stateDir: globals.stateDir, output: globals.output },
    ...(globals.config === undefined ? {} : { file: globals.config }),
  });
  return { loaded, config: loaded.value, output: createOutput(loaded.value.output) };
}

/** For commands that must run where there is no configuration: the flag, else TENET_OUTPUT, else text. */
export function plainOutput(command: Command): Output {
  const { output } = command.optsWithGlobals<GlobalOptions>();
  const named = output ?? process.env['TENET_OUTPUT'];
  return createOutput(OUTPUT_FORMATS.find((format) => format === named) ?? 'text');
}

export interface OpenPlatform {
  readonly platform: Platform;
  readonly stores: Stores;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Runs `work` on the tenant's platform: the database that runs, or the embedded one started for this command. Whatever
 * happens, failure and Ctrl-C included, everything that was opened is closed before it returns.
 */
export async function withPlatform<T>(
  { config }: Pick<CommandContext, 'config'>,
  work: (open: OpenPlatform) => Promise<T>,
  stop: StopMode = 'leave',
): Promise<T> {
  const open = async (databaseUrl: string, signal: AbortSignal): Promise<T> => {
    const { openPlatform } = await import('../platform/index.js');
    const { createStores } = await import('../db/index.js');
    const platform = await openPlatform({ database: databaseUrl, stateDir: config.stateDir, tenant: config.tenant });
    try {
      return await stopping(signal, stop, work({ platform, stores: createStores(platform), signal }));
    } finally {
      await platform.close();
    }
  };
  return withDatabase({ config }, open, stop);
}

/** What Ctrl-C does to work under way: reading is left alone, writing hears the signal and is waited for. */
export type StopMode = 'leave' | 'wait';

const stopping = <T>(signal: AbortSignal, stop: StopMode, work: Promise<T>): Promise<T> =>
  stop === 'leave' ? unlessAborted(signal, work) : work;

/** The database alone: for its own schema, which may not be there yet. */
export async function withDatabase<T>(
  { config }: Pick<CommandContext, 'config'>,
  work: (databaseUrl: string, signal: AbortSignal) => Promise<T>,
  stop: StopMode = 'leave',
): Promise<T> {
  return interruptible(async (signal) => {
    const { startServices } = await import('../services/index.js');
    const progress = createProgress('starting');
    const services = await startServices(config, {
      ...POSTGRES_ONLY,
      signal,
      onProgress: ({ message }) => progress.say(message),
    });
    progress.end();
    try {
      return await stopping(signal, stop, work(services.databaseUrl, signal));
    } finally {
      await services.stop();
    }
  });
}

const POSTGRES_ONLY: StartOptions = { needs: { postgres: true, temporal: false, embedder: false } };
