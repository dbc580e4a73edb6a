import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeSigner, type GhostProblem, type RecordSigner } from '@tenet-ledger/ghost';
import { createPipeline } from '../../../packages/ghost/src/delivery/pipeline.js';
import type { Pipeline, PipelineOptions } from '../../../packages/ghost/src/delivery/pipelinePort.js';
import { trust } from '../../support/recordsApi.js';

export const LOG = 'ledger.test/acme';

export interface Piped {
  readonly pipeline: Pipeline;
  readonly problems: GhostProblem[];
  readonly dir: string;
  readonly signer: RecordSigner;
}

export interface PipeOptions extends Omit<Partial<PipelineOptions>, 'spool' | 'batch'> {
  readonly spool?: Partial<PipelineOptions['spool']>;
  readonly batch?: Partial<PipelineOptions['batch']>;
}

/** Closes and removes what a test made. */
export class Pipes {
  readonly #open: Pipeline[] = [];
  readonly #dirs: string[] = [];

  dir(): string {
    const dir = mkdtempSync(join(tmpdir(), 'tenet-spool-test-'));
    this.#dirs.push(dir);
    return dir;
  }

  make(endpoint: string, options: PipeOptions = {}): Piped {
    const problems: GhostProblem[] = [];
    const signer = options.signer ?? newSigner();
    const dir = options.spool?.dir ?? this.dir();
    const pipeline = createPipeline({
      endpoint,
      apiKey: 'tnt_test',
      tenant: 'acme',
      log: LOG,
      session: 'ses_test',
      redact: (draft) => draft,
      problem: (problem) => void problems.push(problem),
      now: () => Date.now(),
      random: () => Math.random(),
      ...options,
      signer,
      spool: { fsync: 'interval', fsyncMs: 50, maxBytes: 2 ** 30, segmentBytes: 2 ** 23, ...options.spool, dir },
      batch: { maxRecords: 500, maxBytes: 4_194_304, lingerMs: 5, requestTimeoutMs: 5_000, ...options.batch },
    });
    this.#open.push(pipeline);
    return { pipeline, problems, dir, signer };
  }

  close(): void {
    for (const pipeline of this.#open.splice(0)) pipeline.close();
  }

  clear(): void {
    this.close();
    for (const dir of this.#dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}

export const newSigner = (): RecordSigner => trust(nodeSigner(generateKeyPairSync('ed25519').privateKey));

/** Names of the files of every producer in a spool. */
export const filesIn = (dir: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((name) => name.startsWith('prd_'))
      .map((name) => [name, readdirSync(join(dir, name)).sort()]),
  );
