import type { Client } from '@temporalio/client';
import type { TenetConfig } from '../config/index.js';
import type { Stores } from '../db/index.js';
import type { AppError } from '../errors/index.js';
import type { Platform } from '../platform/index.js';
import type { Services, StartOptions, SupervisedProcess } from '../services/index.js';

/** Services, our own processes on top of them, and this command's own view of the platform. */
export interface Stack {
  readonly config: TenetConfig;
  readonly services: Services;
  readonly platform: Platform;
  readonly stores: Stores;
  readonly temporal: Client;
  readonly apiUrl: string;
  /** A process of ours that all work needs and that has ended, with its log; null while they run. */
  alive(): string | null;
  /** Registers the version found in `entry` and serves it until the stack stops. */
  serveAgent(entry: string): Promise<ServedAgent>;
  stop(): Promise<void>;
}

/** A platform worker may be handed any gate, so every stack has the embedder that set-up chose. */
export interface StackOptions extends Omit<StartOptions, 'needs'> {
  /** Extra environment of our processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables that the agents' children are handed; they see no other. */
  readonly agentEnv?: Readonly<Record<string, string>>;
  /** JSON file of the rules that the decisions to be re-run were redacted by. */
  readonly redactFile?: string;
  /** Told, line by line, of what happens to what it serves. */
  readonly onNotice?: (line: string) => void;
}

export interface ServedAgent {
  /** name@version */
  readonly agent: string;
  readonly digest: string;
  /** The process that serves now; one that dies is replaced by another. Stopping it ends the serving. */
  readonly process: SupervisedProcess;
  /** null: it was stopped; else why nothing serves this version any more. */
  readonly ended: Promise<AppError | null>;
  stop(): Promise<void>;
}
