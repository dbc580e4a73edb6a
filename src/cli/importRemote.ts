import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64 } from '@tenet-ledger/record';
import { EnrolError, ghost, signerFromKeyFile, type Identity } from '@tenet-ledger/ghost';
import { AppError, ERROR_CODES, type ErrorCode } from '../errors/index.js';
import { createChainSink, remoteDoor } from '../imports/index.js';
import { jointVerifySync } from '../ledger/index.js';
import { systemSources } from '../platform/index.js';
import type { OpenSink } from './openSink.js';
import { writeWhole } from './writeFile.js';

export interface RemoteOptions {
  readonly endpoint: string;
  /** An enrolment token the first time; later a write key, or null for the one that enrolment gave. */
  readonly apiKey: string | null;
  readonly name: string;
}

/** An import into a platform elsewhere: by a key of this machine that is enrolled there, over HTTP. */
export async function openRemoteSink(
  stateDir: string,
  { endpoint, apiKey, name }: RemoteOptions,
  signal: AbortSignal,
): Promise<OpenSink> {
  const identity = await identityOf(stateDir, endpoint, apiKey);
  const { log, tenant, vkey, keyFile } = identity;
  const signer = signerFromKeyFile(keyFile);
  const door = remoteDoor({ endpoint, apiKey: identity.apiKey, vkey, verify: jointVerifySync, signal });
  const sink = createChainSink({ ...systemSources(), door, log, signer, name });
  return { sink, tenant, tagKey: fromBase64(identity.tagKey), signal };
}

type Known = Identity & {
  /** Hash of the token that made it: the same command again brings it again. */ readonly enrolledWith: string;
};

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One per endpoint, 0600, beside its key. With an enrolment token it is made, or made anew for the same key. */
async function identityOf(stateDir: string, endpoint: string, apiKey: string | null): Promise<Identity> {
  const folder = join(stateDir, 'keys', 'producers');
  const name = `import-${hashOf(new URL(endpoint).origin).slice(0, 16)}`;
  const file = join(folder, `${name}.json`);
  const known = await readIdentity(file);
  if (apiKey === null) return known ?? notEnrolled(endpoint);
  if (known?.enrolledWith === hashOf(apiKey)) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const identity = await ghost.enrol({ endpoint, token: apiKey, keyFile: join(folder, `${name}.pem`) });
    await writeWhole(file, `${JSON.stringify({ ...identity, enrolledWith: hashOf(apiKey) })}\n`, 0o600);
    return identity;
  } catch (error) {
    if (!(error instanceof EnrolError)) throw error;
    // A key of another scope than enrolment: with an identity at hand it is the key to post with.
    if (error.code === 'auth.forbidden' && known !== null) return { ...known, apiKey };
    throw new AppError(
      Object.hasOwn(ERROR_CODES, error.code) ? (error.code as ErrorCode) : 'api.unavailable',
      `the key of imports could not be enrolled at ${endpoint}: ${error.message}`,
      { field: '--api-key', fix: 'give a new enrolment token: tenet key mint --scope enrol --label imports' },
      { cause: error },
    );
  }
}

async function readIdentity(file: string): Promise<Known | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AppError(
      'services.state_unusable',
      `${file} cannot be read`,
      { fix: 'remove it and enrol again' },
      { cause: error },
    );
  }
}

function notEnrolled(endpoint: string): never {
  throw new AppError('auth.missing', `this machine has no key at ${endpoint} yet`, {
    field: '--api-key',
    fix: 'give an enrolment token once, made there: tenet key mint --scope enrol --label imports',
  });
}
