import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TenetConfig } from '../config/index.js';
import { maskSecret } from '../config/index.js';
import type { Finding } from './finding.js';
import { listOrphans } from './orphans.js';
import { isPortFree, portOwner } from './ports.js';
import { checkExternalPostgres } from './postgres.js';
import { findNativePackage, probeNative } from './postgresBinaries.js';
import { isRunning, readLock } from './serviceLock.js';
import { isRoot, readStateVersion, type StateFolder } from './stateFolder.js';
import { SHARED_NAMES } from './stopSteps.js';
import { checkExternalTemporal } from './temporal.js';
import { lookUpTemporal } from './temporalBinary.js';
import { findPostgresUser, POSTGRES_OS_USER } from './unprivilegedUser.js';
import { checkWeights } from './weights.js';
import { findPython } from './wheels.js';

interface Context {
  readonly config: TenetConfig;
  readonly folder: StateFolder;
}

type Result = Omit<Finding, 'name'>;
type Check = (context: Context) => Promise<readonly Result[]> | readonly Result[];

const OLDEST_NODE = [20, 19] as const;
/** First start: 156 MB server, 24 MB weights, 105 MB of wheels in passing, an empty database of 40 MB. */
const FIRST_START_BYTES = 500e6;
const COMFORTABLE_BYTES = 2e9;

const ok = (detail: string): readonly Result[] => [{ status: 'ok', detail }];
const warn = (detail: string, fix: string): readonly Result[] => [{ status: 'warn', detail, fix }];
const fail = (detail: string, fix: string): readonly Result[] => [{ status: 'fail', detail, fix }];

function checkNode(): readonly Result[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok(`Node.js ${process.version}`);
  return fail(`Node.js ${process.version}`, `install Node.js ${oldestMajor}.${oldestMinor} or later`);
}

async function checkPython({ config, folder }: Context): Promise<readonly Result[]> {
  const python = await findPython();
  if (python !== undefined) return ok(`Python ${python.version} (${python.path})`);
  const { binary } = await lookUpTemporal(folder);
  const { absent, mismatched } = await checkWeights(folder);
  const hasServer = binary !== undefined || config.temporal.address !== undefined;
  if (hasServer && absent.length + mismatched.length === 0) return ok('no Python, and nothing left to fetch with it');
  return warn(
    'no Python 3.8 or later on PATH',
    'install Python 3 with pip or venv: it fetches the server and the weights',
  );
}

function checkStateFolder({ folder }: Context): readonly Result[] {
  if (!existsSync(folder.dir)) {
    accessSync(nearestExisting(folder.dir), constants.W_OK);
    return ok(`${folder.dir} will be created`);
  }
  const version = readStateVersion(folder);
  accessSync(folder.dir, constants.R_OK | constants.W_OK | constants.X_OK);
  return ok(`${folder.dir}, ${version === undefined ? 'new' : `version ${version}`}`);
}

async function checkDisk({ folder }: Context): Promise<readonly Result[]> {
  const { bavail, bsize } = await statfs(nearestExisting(folder.dir));
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free for ${folder.dir}`;
  if (free < FIRST_START_BYTES) return fail(detail, 'free at least 0.5 GB, or set TENET_STATE_DIR to another disk');
  if (free < COMFORTABLE_BYTES) return warn(detail, 'free some space: a growing ledger stops when the disk is full');
  return ok(detail);
}

async function checkPostgresUser({ config }: Context): Promise<readonly Result[]> {
  if (config.databaseUrl !== undefined) return ok('not needed: a database address is configured');
  if (!isRoot()) return ok('not needed: Postgres runs as this user');
  const user = await findPostgresUser();
  if (user !== undefined) return ok(`${POSTGRES_OS_USER} (uid ${user.uid}), as Postgres does not run as root`);
  return warn(
    `running as root, and there is no system user ${POSTGRES_OS_USER}`,
    'none needed: the first start creates it',
  );
}

async function checkPostgres({ config, folder }: Context): Promise<readonly Result[]> {
  if (config.databaseUrl !== undefined) {
    const { version } = await checkExternalPostgres(config.databaseUrl);
    return ok(`Postgres ${version} at ${maskSecret(config.databaseUrl)}: a database address is configured`);
  }
  const found = findNativePackage();
  const version = found === undefined ? undefined : (await probeNative(found.native)).version;
  if (version === undefined) {
    return fail(
      `no embedded Postgres that runs on ${process.platform} ${process.arch}`,
      'run npm ci without --omit=optional, or set DATABASE_URL',
    );
  }
  return ok(`embedded Postgres ${version}: no database address is configured${runningNote(folder, 'postgres')}`);
}

async function checkTemporal({ config, folder }: Context): Promise<readonly Result[]> {
  const { address, namespace } = config.temporal;
  if (address !== undefined) {
    const { serverVersion } = await checkExternalTemporal(config.temporal, address);
    return ok(`Temporal ${serverVersion} at ${address}, namespace ${namespace}: an address is configured`);
  }
  const { binary, passedOver } = await lookUpTemporal(folder);
  if (binary !== undefined)
    return ok(`${binary.path} ${binary.version}: ${binary.why}${runningNote(folder, 'temporal')}`);
  return warn(
    `no server yet: ${passedOver.join(', ')}`,
    'none needed: the first start fetches it (or set TEMPORAL_ADDRESS, or install the temporal CLI)',
  );
}

async function checkEmbedder({ config, folder }: Context): Promise<readonly Result[]> {
  const { embedder, openai } = config;
  if (embedder === 'lexical') return ok('lexical: set by configuration');
  if (embedder === 'openai') return ok(`openai, model ${openai.embeddingModel}: set by configuration`);
  const { absent, mismatched } = await checkWeights(folder);
  if (mismatched.length > 0) {
    return fail(
      `${mismatched.join(', ')} does not match its pinned digest and is not used`,
      'none needed: the next start fetches it again',
    );
  }
  if (absent.length === 0) return ok('minilm: weights present, digests match');
  return warn(
    `minilm, once its weights are here (${absent.join(', ')} missing); else lexical`,
    'none needed: the first start fetches them',
  );
}

async function checkPorts({ config, folder }: Context): Promise<readonly Result[]> {
  const ports = [
    ['postgres.port', config.postgres.port, '127.0.0.1', 'postgres'],
    ['temporal.port', config.temporal.port, '127.0.0.1', 'temporal'],
    ['api.port', config.api.port, config.api.host, undefined],
  ] as const;
  const fixed = ports.filter(([, port]) => port !== 0);
  if (fixed.length === 0) return ok('free ports are chosen at start');
  const results = await Promise.all(
    fixed.map(async ([key, port, host, service]): Promise<readonly Result[]> => {
      const lock = service === undefined ? undefined : readLock(folder, service);
      if (isRunning(lock) && lock?.port === port) return ok(`${key} ${port}: used by our own ${service}`);
      if (await isPortFree(port, host)) return ok(`${key} ${port} is free`);
      return warn(`${key} ${port} is taken by ${portOwner(port) ?? 'another process'}`, `stop it, or set ${key} to 0`);
    }),
  );
  return results.flat();
}

function checkRunning({ folder }: Context): readonly Result[] {
  const orphans = listOrphans(folder);
  if (orphans.length > 0) {
    const names = orphans.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
    return warn(`left running by a killed command: ${names}`, 'none needed: the next command adopts or stops them');
  }
  const running = SHARED_NAMES.filter((name) => isRunning(readLock(folder, name)));
  return ok(running.length === 0 ? 'nothing is running' : `${running.join(', ')} running for another command`);
}

/** In the order in which they are printed. */
export const DOCTOR_CHECKS: readonly (readonly [string, Check])[] = [
  ['node', checkNode],
  ['python', checkPython],
  ['state folder', checkStateFolder],
  ['disk', checkDisk],
  ['unprivileged user', checkPostgresUser],
  ['postgres', checkPostgres],
  ['temporal', checkTemporal],
  ['embedder', checkEmbedder],
  ['ports', checkPorts],
  ['running', checkRunning],
];

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function runningNote(folder: StateFolder, name: 'postgres' | 'temporal'): string {
  const lock = readLock(folder, name);
  return isRunning(lock) ? `; running on port ${lock?.port ?? 0} (pid ${lock?.pid ?? 0})` : '';
}
