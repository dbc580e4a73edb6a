import { createHash } from 'node:crypto';
import { canonicalize, toBase32, utf8 } from '@tenet-ledger/record';
import type { AgentRow, Stores } from '../db/index.js';
import { AppError } from '../errors/index.js';
import type { Platform } from '../platform/index.js';

export interface AgentRegistration {
  /** name@version */
  readonly agent: string;
  /** SHA-256 of the agent's files, hex. */
  readonly digest: string;
  /** @default 24 hours */
  readonly tokenTtlMs?: number;
}

export interface RegisteredAgent extends AgentRow {
  /** Replay token of exactly this version and digest. A new one at every call; shown once. */
  readonly token: string;
  readonly expiresAt: Date;
}

const AGENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Logs (agent, version, digest) and mints the version's replay token. The same code again gives the same entry and a new
 * token; the same version with other code is refused, because "4.2.0" would then mean two things in the record. A crash
 * between the entry and the row leaves the entry: its id is its content, so the next call finds it.
 */
export async function registerAgent(
  platform: Pick<Platform, 'tenant' | 'ledger'>,
  stores: Pick<Stores, 'agents' | 'apiKeys'>,
  { agent, digest, tokenTtlMs = DAY_MS }: AgentRegistration,
  now: () => Date = () => new Date(),
): Promise<RegisteredAgent> {
  assertShape(agent, digest);
  const row = (await stores.agents.get(agent)) ?? (await logAgent(platform, stores, agent, digest));
  if (row.digest !== digest) {
    const digests = `digest ${row.digest} when it was registered, ${digest} now`;
    const why = 'any changed file that its entry imports changes the digest, the lock file too';
    throw new AppError('agent.digest_changed', `${agent} was registered with other code: ${digests}; ${why}`, {
      field: '/digest',
      expected: row.digest,
      got: digest,
      fix: 'give the changed agent a new version',
    });
  }
  const expiresAt = new Date(now().getTime() + tokenTtlMs);
  const label = `replay of ${agent}`;
  const { apiKey } = await stores.apiKeys.mint({ scopes: ['replay'], label, agent, digest, expiresAt });
  return { ...row, token: apiKey, expiresAt };
}

async function logAgent(
  { tenant, ledger }: Pick<Platform, 'tenant' | 'ledger'>,
  { agents }: Pick<Stores, 'agents'>,
  agent: string,
  digest: string,
): Promise<AgentRow> {
  const content = createHash('sha256')
    .update(utf8(canonicalize([tenant, agent, digest])))
    .digest();
  const id = `agt_${toBase32(content, 26)}`;
  const fields = [
    { path: '/agent/name', value: agent },
    { path: '/agent/digest', value: digest },
  ];
  await ledger.append([{ kind: 'agent', type: 'agent.register', id, agent, fields }]);
  return agents.insert(agent, digest, id);
}

function assertShape(agent: string, digest: string): void {
  if (!AGENT.test(agent)) {
    throw new AppError('input.invalid', 'an agent is named name@version', {
      field: '/agent',
      expected: 'underwriter@4.2.0',
    });
  }
  if (!DIGEST.test(digest)) {
    const expected = 'SHA-256 in hex, 64 digits 0-9a-f';
    throw new AppError('input.invalid', 'the digest of an agent is malformed', { field: '/digest', expected });
  }
}
