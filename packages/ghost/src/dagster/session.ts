import { shared } from '../scope.js';
import type { Json } from '../types.js';
import { openChannel, type Channel } from './channel.js';
import { dagsterLineage } from './lineage.js';
import {
  checkMessage,
  materializationMessage,
  message,
  type AssetCheck,
  type AssetMaterialization,
  type LogLevel,
  type MetadataEntry,
} from './messages.js';
import { CONTEXT_VARIABLE, decodeParams, isObject, MESSAGES_VARIABLE } from './params.js';
import { PipesError } from './pipesError.js';
import { exceptionOf } from './pipesException.js';
import { loadContext, type PipesContext } from './pipesContext.js';

export interface OpenOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One conversation with Dagster. What it reports is checked first: a `PipesError` is thrown, nothing half-right is sent. */
export interface DagsterPipes {
  /** False where no orchestrator started this process: everything works, reports go nowhere, logs to stderr. */
  readonly isDagster: boolean;
  readonly context: PipesContext;
  readonly lineage: Readonly<Record<string, Json>>;
  /** Session of the decisions made under `run`: one for each attempt of a step. */
  readonly session: string | undefined;
  /** Decisions made inside carry the step's lineage and session. */
  run<T>(fn: () => T): T;
  /** Metadata under the names that dagster-tenet gives a Python step's: how many decisions this process made since `open`. */
  decisionMetadata(): Readonly<Record<string, MetadataEntry>>;
  reportAssetMaterialization(asset?: AssetMaterialization): void;
  reportAssetCheck(check: AssetCheck): void;
  /** Anything JSON, for `get_custom_messages()`. */
  reportCustomMessage(payload: unknown): void;
  log(level: LogLevel, text: string): void;
  /** Ends the conversation. With an error the step is told, and the process ends with a failure whatever else it does. */
  close(error?: unknown): void;
}

/** Nothing goes out without an orchestrator; its context is empty. */
const ALONE: PipesContext = {
  assetKeys: [],
  codeVersions: {},
  provenance: {},
  partitionKey: null,
  partitionKeyRange: null,
  partitionTimeWindow: null,
  runId: '',
  jobName: null,
  retryNumber: 0,
  extras: {},
};

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error', 'critical'];

export function openDagsterPipes({ env = process.env }: OpenOptions = {}): DagsterPipes {
  const [context, messages] = [env[CONTEXT_VARIABLE], env[MESSAGES_VARIABLE]];
  if (context === undefined && messages === undefined) return new Session(ALONE, undefined);
  if (context === undefined || messages === undefined)
    throw new PipesError(
      `${context === undefined ? CONTEXT_VARIABLE : MESSAGES_VARIABLE} is not set, the other one is`,
    );
  const channel = openChannel(decodeParams(messages, MESSAGES_VARIABLE));
  return new Session(loadContext(decodeParams(context, CONTEXT_VARIABLE)), channel);
}

/** Opens, runs `fn` under the step's lineage, closes. An error is told to Dagster, then thrown on: the process ends with 1. */
export async function withDagsterPipes<T>(
  fn: (pipes: DagsterPipes) => T | Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const pipes = openDagsterPipes(options);
  try {
    const result = await pipes.run(() => fn(pipes));
    pipes.close();
    return result;
  } catch (error) {
    pipes.close(error);
    throw error;
  }
}

class Session implements DagsterPipes {
  readonly lineage: Readonly<Record<string, Json>>;
  readonly session: string | undefined;
  #closed = false;
  #uncaught: unknown;
  readonly #enqueuedBefore = enqueued();
  readonly #onUncaught = (error: unknown): void => void (this.#uncaught = error);
  readonly #onExit = (): void => this.close(this.#uncaught ?? new PipesError('the process ended without close()'));

  constructor(
    readonly context: PipesContext,
    private readonly channel: Channel | undefined,
  ) {
    this.lineage = channel === undefined ? {} : dagsterLineage(context);
    this.session = sessionOf(context);
    if (channel === undefined) return;
    channel.write(message('opened', { extras: {} }));
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
    process.on('exit', this.#onExit);
  }

  get isDagster(): boolean {
    return this.channel !== undefined;
  }

  run<T>(fn: () => T): T {
    if (!this.isDagster) return fn();
    const { lineage, session } = this;
    const outer = shared.ambient.getStore();
    return shared.ambient.run(
      {
        origin: 'scheduler',
        ...outer,
        lineage: { ...outer?.lineage, ...lineage },
        ...(session !== undefined && { session }),
      },
      fn,
    );
  }

  decisionMetadata(): Readonly<Record<string, MetadataEntry>> {
    const { session } = this;
    return {
      'tenet/decisions': enqueued() - this.#enqueuedBefore,
      ...(session !== undefined && { 'tenet/session': session }),
    };
  }

  reportAssetMaterialization(asset: AssetMaterialization = {}): void {
    if (this.isDagster) this.#send(materializationMessage(this.context, asset));
  }

  reportAssetCheck(check: AssetCheck): void {
    if (this.isDagster) this.#send(checkMessage(this.context, check));
  }

  reportCustomMessage(payload: unknown): void {
    this.#send(message('report_custom_message', { payload: payload ?? null }));
  }

  log(level: LogLevel, text: string): void {
    if (!LEVELS.includes(level)) throw new PipesError(`no log level ${String(level)}; expected ${LEVELS.join(', ')}`);
    if (this.isDagster) this.#send(message('log', { message: String(text), level: level.toUpperCase() }));
    else process.stderr.write(`${level}: ${text}\n`);
  }

  close(error?: unknown): void {
    if (error !== undefined && (process.exitCode ?? 0) === 0) process.exitCode = 1;
    if (this.#closed) return;
    this.#closed = true;
    process.off('uncaughtExceptionMonitor', this.#onUncaught);
    process.off('exit', this.#onExit);
    const params = error === undefined ? {} : { exception: exceptionOf(error) };
    this.channel?.write(message('closed', params));
    this.channel?.close();
  }

  #send(content: Parameters<Channel['write']>[0]): void {
    if (this.#closed) throw new PipesError(`${content.method} after close()`);
    this.channel?.write(content);
  }
}

const enqueued = (): number => shared.client?.stats().enqueued ?? 0;

/** The launching side names it; without that, the run and the attempt do. */
function sessionOf({ runId, retryNumber, extras }: PipesContext): string | undefined {
  if (runId === '') return undefined;
  const { tenet } = extras;
  if (isObject(tenet) && typeof tenet['session'] === 'string') return tenet['session'];
  return retryNumber === 0 ? `dagster/${runId}` : `dagster/${runId}/retry-${retryNumber}`;
}
