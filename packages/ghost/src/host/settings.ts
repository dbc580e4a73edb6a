import { readFileSync } from 'node:fs';
import type { RecordSigner } from '@tenet-ledger/record';
import type { GhostConfig, RedactOptions, SealKey } from '../config.js';
import type { BatchLimits, SpoolOptions } from '../delivery/pipelinePort.js';
import { readPrivateKey } from '../identity/nodeKeys.js';
import { messageOf } from '../readDecision.js';

export const DEFAULTS = {
  batch: { maxRecords: 500, maxBytes: 4_194_304, lingerMs: 50, requestTimeoutMs: 30_000, probeMs: 30_000 },
  spool: { dir: undefined, fsync: 'interval', fsyncMs: 50, maxBytes: 1_073_741_824, segmentBytes: 8_388_608 },
  ringBytes: 8_388_608,
  /** Longest wait of an async agent's promise for the server's commit. */
  ackTimeoutMs: 5_000,
} as const;

/** The largest record with the largest tape takes 2 MiB as a draft, and a draft takes at most half the ring. */
const MIN_RING_BYTES = 4_194_304;
const MAX_RING_BYTES = 1_073_741_824;

/** Everything about the work behind the caller, as data that another thread can be given. */
export interface PlainSettings {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly log: string;
  readonly session: string;
  /** Absent where a signer object is given. */
  readonly keyPem?: string;
  readonly vkey?: string;
  readonly sealKey?: SealKey;
  readonly spool: SpoolOptions;
  readonly batch: BatchLimits;
  readonly redact?: RedactOptions;
}

/** How much a caller waits for room in the ring: nothing, or so many milliseconds. */
export type FullPolicy = 'drop-newest' | { readonly block: number };

export interface Settings {
  readonly plain: PlainSettings;
  readonly signer: RecordSigner | undefined;
  readonly full: FullPolicy;
  readonly ringBytes: number;
  readonly tagKey: Uint8Array | undefined;
  /** An async agent's promise waits for the server. */
  readonly waitForServer: boolean;
}

/** Names the field, what is wrong with it and what it should be. */
export class ConfigFault extends TypeError {
  constructor(
    readonly field: string,
    fault: string,
  ) {
    super(`ghost.configure: ${field} ${fault}`);
  }
}

/** Throws {@link ConfigFault} for what can't work. */
export function readSettings(config: GhostConfig, session: string): Settings {
  for (const field of ['endpoint', 'apiKey', 'tenant', 'log'] as const) {
    if (typeof config[field] !== 'string' || config[field] === '') throw new ConfigFault(field, 'is missing');
  }
  readEndpoint(config.endpoint);
  const { vkey, redact } = config;
  const sealKey = config.sealKey ?? undefined;
  if (sealKey !== undefined) readKey('sealKey.publicKey', sealKey.publicKey);
  const keyPem = config.signer === undefined ? readKeyFile(config.keyFile) : undefined;
  return {
    plain: {
      endpoint: config.endpoint,
      apiKey: config.apiKey,
      tenant: config.tenant,
      log: config.log,
      session,
      ...(keyPem !== undefined && { keyPem }),
      ...(vkey !== undefined && { vkey }),
      ...(sealKey !== undefined && { sealKey: { kid: sealKey.kid, publicKey: sealKey.publicKey } }),
      spool: readSpool(config.spool),
      batch: readBatch(config.batch, config.serverless === true),
      ...(redact !== undefined && { redact }),
    },
    signer: config.signer,
    full: readFull(config.full),
    ringBytes: number('ringBytes', config.ringBytes, DEFAULTS.ringBytes, MIN_RING_BYTES, MAX_RING_BYTES),
    tagKey: config.tagKey === undefined ? undefined : readKey('tagKey', config.tagKey),
    waitForServer: config.serverless === true || oneOf('ack', config.ack, ['spool', 'server'], 'spool') === 'server',
  };
}

function readEndpoint(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new ConfigFault('endpoint', `is ${JSON.stringify(text)}, not a URL: give it as https://host`);
}

function readKeyFile(file: string | undefined): string {
  if (file === undefined)
    throw new ConfigFault('keyFile', 'is missing: give the file that ghost.enrol wrote, or a signer');
  try {
    const pem = readFileSync(file, 'utf8');
    readPrivateKey(pem);
    return pem;
  } catch (error) {
    throw new ConfigFault('keyFile', `${file} can't be used: ${messageOf(error)}; ghost.enrol writes one`);
  }
}

function readKey(field: string, text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (bytes?.length !== 32) throw new ConfigFault(field, `is ${bytes?.length ?? 'no'} bytes: expected 32 in base64`);
  return bytes;
}

function number(field: string, value: unknown, preset: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined) return preset;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new ConfigFault(
    field,
    `is ${shown(value)}: expected a number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
  );
}

function oneOf<T extends string>(field: string, value: T | undefined, all: readonly T[], preset: T): T {
  if (value === undefined) return preset;
  if (all.includes(value)) return value;
  throw new ConfigFault(field, `is ${shown(value)}: expected ${all.map((one) => `'${one}'`).join(' or ')}`);
}

function readSpool(given: GhostConfig['spool'] = {}): SpoolOptions {
  const { spool } = DEFAULTS;
  if (given.dir !== undefined && (typeof given.dir !== 'string' || given.dir === ''))
    throw new ConfigFault('spool.dir', `is ${shown(given.dir)}: expected the path of a folder`);
  const segmentBytes = number('spool.segmentBytes', given.segmentBytes, spool.segmentBytes, 4096, 2 ** 31);
  return {
    dir: given.dir,
    fsync: oneOf('spool.fsync', given.fsync, ['always', 'interval', 'never'], spool.fsync),
    fsyncMs: number('spool.fsyncMs', given.fsyncMs, spool.fsyncMs, 1, 60_000),
    maxBytes: number('spool.maxBytes', given.maxBytes, spool.maxBytes, segmentBytes),
    segmentBytes,
  };
}

function readBatch(given: GhostConfig['batch'] = {}, serverless: boolean): BatchLimits {
  const { batch } = DEFAULTS;
  return {
    maxRecords: number('batch.maxRecords', given.maxRecords, batch.maxRecords, 1, 10_000),
    maxBytes: number('batch.maxBytes', given.maxBytes, batch.maxBytes, 1, 7_500_000),
    lingerMs: number('batch.lingerMs', given.lingerMs, serverless ? 1 : batch.lingerMs, 0, 60_000),
    requestTimeoutMs: number('batch.requestTimeoutMs', given.requestTimeoutMs, batch.requestTimeoutMs, 1),
    probeMs: number('batch.probeMs', given.probeMs, batch.probeMs, 1),
  };
}

function readFull(given: GhostConfig['full'] = 'drop-newest'): FullPolicy {
  if (given === 'drop-newest') return given;
  const block: unknown = typeof given === 'object' && given !== null ? given.block : undefined;
  if (typeof block === 'number' && block > 0) return { block };
  throw new ConfigFault('full', `is ${shown(given)}: expected 'drop-newest' or { block: milliseconds }`);
}

const shown = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
};
