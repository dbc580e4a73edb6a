import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createWhole, ensureKeyFile, keyFile, readKeyFile, syncFolder, type RetiredSeal } from './keyFiles.js';
import { sealKeyOf, type SealKey } from './sealKey.js';

/** A rotation by another process is seen this late. */
const FRESH_MS = 1_000;
const RETIRED = /^(seal-s_[0-9A-Z]{26})\.key$/;

/** The key that producers seal to now, and those before it, which still open what was sealed to them. */
export class SealKeys {
  readonly #stateDir: string;
  readonly #tenant: string;
  readonly #now: () => number;
  #current: SealKey;
  #byKid: ReadonlyMap<string, SealKey>;
  #readAt: number;

  private constructor(stateDir: string, tenant: string, keys: readonly [SealKey, ...SealKey[]], now: () => number) {
    this.#stateDir = stateDir;
    this.#tenant = tenant;
    this.#now = now;
    this.#current = keys[0];
    this.#byKid = new Map(keys.map((key) => [key.kid, key]));
    this.#readAt = now();
  }

  /** The first key is made on first need: tenants that were set up before there were sealed spools have none. */
  static async open(
    stateDir: string,
    tenant: string,
    random: (size: number) => Uint8Array = randomBytes,
    now: () => number = () => performance.now(),
  ): Promise<SealKeys> {
    await ensureKeyFile(stateDir, tenant, 'seal', random);
    return new SealKeys(stateDir, tenant, await readAll(stateDir, tenant), now);
  }

  get current(): SealKey {
    return this.#current;
  }

  /** The current one first. */
  get all(): readonly SealKey[] {
    return [...this.#byKid.values()];
  }

  byKid(kid: string): SealKey | undefined {
    return this.#byKid.get(kid);
  }

  /** To be called before keys are handed out or asked for: another process may have rotated them. Reads at most once a second. */
  async refresh(): Promise<void> {
    if (this.#now() - this.#readAt < FRESH_MS) return;
    this.#readAt = this.#now();
    const keys = await readAll(this.#stateDir, this.#tenant);
    this.#current = keys[0];
    this.#byKid = new Map(keys.map((key) => [key.kid, key]));
  }
}

async function readAll(stateDir: string, tenant: string): Promise<[SealKey, ...SealKey[]]> {
  // The current one first: one that is rotated out meanwhile is then among the old ones.
  const current = await readKeyFile(stateDir, tenant, 'seal');
  if (current === null) throw new Error(`${keyFile(stateDir, tenant, 'seal')} vanished`);
  const names = (await readdir(dirname(keyFile(stateDir, tenant, 'seal')))).sort();
  const retired: SealKey[] = [];
  for (const name of names) {
    const file = RETIRED.exec(name)?.[1] as RetiredSeal | undefined;
    const secret = file === undefined ? null : await readKeyFile(stateDir, tenant, file);
    if (secret !== null) retired.push(sealKeyOf(secret));
  }
  return [sealKeyOf(current), ...retired];
}

/**
 * A new seal key; the old one is kept beside it under its own name. A crash leaves the old key in force, or the new one with the old one
 * kept; never neither.
 */
export async function rotateSealKey(
  stateDir: string,
  tenant: string,
  random: (size: number) => Uint8Array = randomBytes,
): Promise<{ readonly from: string; readonly to: string }> {
  const old = await ensureKeyFile(stateDir, tenant, 'seal', random);
  const from = sealKeyOf(old).kid;
  await createWhole(keyFile(stateDir, tenant, `seal-${from}`), `${old.toString('base64')}\n`);
  const path = keyFile(stateDir, tenant, 'seal');
  const next = `${path}.${randomBytes(6).toString('hex')}.next`;
  const secret = Buffer.from(random(32));
  const to = sealKeyOf(secret).kid;
  // Before it is in force: one that another rotation replaces at once may have been given to a producer.
  await createWhole(keyFile(stateDir, tenant, `seal-${to}`), `${secret.toString('base64')}\n`);
  try {
    await createWhole(next, `${secret.toString('base64')}\n`);
    await rename(next, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(next, { force: true });
  }
  return { from, to };
}
