import { createHash, randomBytes as nodeRandomBytes } from 'node:crypto';
import { AppError } from '../errors/index.js';
import { formatApiKey, looksLikeApiKey } from './apiKeyText.js';
import { textArray } from './arrays.js';
import type { RowOf } from './columns.js';
import type { Db } from './database.js';
import { ExpiringCache } from './expiringCache.js';
import { statement } from './statement.js';

/** write: records in · read: disclosed values · gate: gates and verdicts · admin: keys, accesses · replay, enrol: one-purpose tokens */
export const API_SCOPES = ['write', 'read', 'gate', 'admin', 'replay', 'enrol'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** What an API key may do. The key's own text is nowhere in here, nor in the database. */
export interface ApiKeyBinding {
  /** First 12 hex digits of the key's SHA-256: names a key in logs and access entries without being one. */
  readonly ref: string;
  readonly label: string;
  readonly scopes: readonly ApiScope[];
  /** The record key whose records may be posted with it. */
  readonly kid: string | null;
  /** name@version and digest: a replay token sees the runs of exactly this code. */
  readonly agent: string | null;
  readonly digest: string | null;
  readonly singleUse: boolean;
  /** Fields whose values it may see, each with all below it; null for all. */
  readonly fields: readonly string[] | null;
}

/** A key as it is listed. */
export interface ListedKey extends ApiKeyBinding {
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Ref of the key that it took over from. */
  readonly replaces: string | null;
}

export interface MintRequest {
  readonly scopes: readonly ApiScope[];
  readonly label: string;
  readonly kid?: string;
  readonly agent?: string;
  readonly digest?: string;
  readonly singleUse?: boolean;
  readonly expiresAt?: Date;
  readonly fields?: readonly string[];
}

export interface RotateRequest {
  /** How long both keys work. */
  readonly overlapSeconds: number;
  /** Of the new key; none when absent. */
  readonly expiresAt?: Date;
}

export interface MintedKey {
  /** Shown once; only its SHA-256 is stored. */
  readonly apiKey: string;
  readonly ref: string;
}

/** A key that enrols others never lasts: without an expiry of its own it gets an hour. */
export const INSERT_API_KEY = statement(
  'insert_api_key',
  {},
  `insert into api_keys (key_hash, tenant, label, scopes, kid, agent, digest, single_use, expires_at, fields)
   values ($1, $2, $3, $4::text[], $5, $6, $7, $8,
           coalesce($9::timestamptz, case when 'enrol' = any($4::text[]) then now() + interval '1 hour' end), $10::text[])`,
);

const API_KEY_COLUMNS = {
  key_hash: 'bytea',
  label: 'text',
  scopes: 'textArray',
  kid: 'text?',
  agent: 'text?',
  digest: 'text?',
  single_use: 'bool',
  fields: 'textArray?',
} as const;
type ApiKeyRow = RowOf<typeof API_KEY_COLUMNS>;

export const SELECT_API_KEY = statement(
  'select_api_key',
  API_KEY_COLUMNS,
  `select key_hash, label, scopes, kid, agent, digest, single_use, fields
   from api_keys
   where tenant = $1 and key_hash = $2 and used_at is null and (expires_at is null or expires_at > now())`,
);

/** One of two concurrent uses wins: the row lock serialises them and the second no longer sees `used_at is null`. */
export const CONSUME_API_KEY = statement(
  'consume_api_key',
  { key_hash: 'bytea' },
  `update api_keys set used_at = now()
   where tenant = $1 and key_hash = $2 and single_use and used_at is null and (expires_at is null or expires_at > now())
   returning key_hash`,
);

export const RELEASE_API_KEY = statement(
  'release_api_key',
  {},
  `update api_keys set used_at = null where tenant = $1 and key_hash = $2 and single_use`,
);

export const REVOKE_API_KEY = statement(
  'revoke_api_key',
  { key_hash: 'bytea' },
  `update api_keys set expires_at = now()
   where tenant = $1 and encode(substring(key_hash from 1 for 6), 'hex') = $2
     and (expires_at is null or expires_at > now())
   returning key_hash`,
);

const LISTED_COLUMNS = {
  ...API_KEY_COLUMNS,
  created_at: 'timestamptz',
  expires_at: 'timestamptz?',
  replaces: 'text?',
} as const;

/** Newest first. Keys that have ended stay listed for 30 days; one-use tokens that were used are gone. */
export const LIST_API_KEYS = statement(
  'list_api_keys',
  LISTED_COLUMNS,
  `select key_hash, label, scopes, kid, agent, digest, single_use, fields, created_at, expires_at, replaces
   from api_keys
   where tenant = $1 and used_at is null and (expires_at is null or expires_at > now() - interval '30 days')
   order by created_at desc, key_hash limit 1000`,
);

/** Of two rotations at once the second waits here, and then finds that the key has a successor. */
export const LOCK_API_KEY = statement(
  'lock_api_key',
  { key_hash: 'bytea' },
  `select key_hash from api_keys
   where tenant = $1 and encode(substring(key_hash from 1 for 6), 'hex') = $2 for update`,
);

/** The successor, with the same rights. */
export const INSERT_SUCCESSOR = statement(
  'insert_successor',
  { key_hash: 'bytea' },
  `insert into api_keys (key_hash, tenant, label, scopes, kid, agent, digest, fields, replaces, expires_at)
   select $3, $1, k.label, k.scopes, k.kid, k.agent, k.digest, k.fields, $2, $4::timestamptz from api_keys k
   where k.tenant = $1 and encode(substring(k.key_hash from 1 for 6), 'hex') = $2 and not k.single_use
     and (k.expires_at is null or k.expires_at > now())
     and not exists (select from api_keys s where s.tenant = $1 and s.replaces = $2)
   returning key_hash`,
);

/** Brings the end of a key forward, never back. */
export const END_API_KEY = statement(
  'end_api_key',
  {},
  `update api_keys set expires_at = least(expires_at, now() + $3::int * interval '1 second')
   where tenant = $1 and encode(substring(key_hash from 1 for 6), 'hex') = $2`,
);

/** Revocation and expiry show within this time. */
const CACHE_MS = 3_000;
const CACHE_SIZE = 1_000;

export interface ApiKeyStoreOptions {
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>;

/** API keys of one tenant. Another tenant's key is unknown here, not forbidden. */
export function createApiKeyStore(db: Db, tenant: string, options: ApiKeyStoreOptions = {}) {
  const { randomBytes = nodeRandomBytes, now = () => performance.now() } = options;
  const cache = new ExpiringCache<ApiKeyBinding>({ ttlMs: CACHE_MS, max: CACHE_SIZE, now });

  return {
    async mint(request: MintRequest): Promise<MintedKey> {
      assertBinding(request);
      const apiKey = formatApiKey(randomBytes(32));
      const hash = hashOf(apiKey);
      await db.run(INSERT_API_KEY, [
        hash,
        tenant,
        request.label,
        textArray(request.scopes),
        request.kid ?? null,
        request.agent ?? null,
        request.digest ?? null,
        request.singleUse ?? false,
        request.expiresAt ?? null,
        request.fields === undefined ? null : textArray(request.fields),
      ]);
      return { apiKey, ref: refOf(hash) };
    },

    /** null for a key that is unknown, used up, expired or another tenant's. Single-use keys are never cached. */
    async verify(apiKey: string): Promise<ApiKeyBinding | null> {
      if (!looksLikeApiKey(apiKey)) return null;
      const hash = hashOf(apiKey);
      const id = hash.toString('latin1');
      const hit = cache.get(id);
      if (hit) return hit;
      const [row] = await db.run(SELECT_API_KEY, [tenant, hash]);
      if (!row) return null;
      const binding = bindingOf(row);
      if (!binding.singleUse) cache.set(id, binding);
      return binding;
    },

    /** True for exactly one caller. */
    async consume(apiKey: string): Promise<boolean> {
      const consumed = await db.run(CONSUME_API_KEY, [tenant, hashOf(apiKey)]);
      return consumed.length === 1;
    },

    /** Gives a consumed key back after a failure that granted nothing. A crash in between leaves it consumed. */
    async release(apiKey: string): Promise<void> {
      await db.run(RELEASE_API_KEY, [tenant, hashOf(apiKey)]);
    },

    list: async (): Promise<ListedKey[]> =>
      (await db.run(LIST_API_KEYS, [tenant])).map((row) => ({
        ...bindingOf(row),
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        replaces: row.replaces,
      })),

    /** null when there is no such key, or it has been rotated or revoked. The old one works until the overlap is over. */
    async rotate(ref: string, { overlapSeconds, expiresAt }: RotateRequest): Promise<MintedKey | null> {
      const apiKey = formatApiKey(randomBytes(32));
      const hash = hashOf(apiKey);
      const rotated = await db.transaction(async (tx) => {
        await tx.run(LOCK_API_KEY, [tenant, ref]);
        const made = await tx.run(INSERT_SUCCESSOR, [tenant, ref, hash, expiresAt ?? null]);
        if (made.length > 0) await tx.run(END_API_KEY, [tenant, ref, overlapSeconds]);
        return made.length > 0;
      });
      cache.clear();
      return rotated ? { apiKey, ref: refOf(hash) } : null;
    },

    async revoke(ref: string): Promise<boolean> {
      const revoked = await db.run(REVOKE_API_KEY, [tenant, ref]);
      cache.clear();
      return revoked.length > 0;
    },
  };
}

function assertBinding({ scopes, agent, digest }: MintRequest): void {
  const refuse = (field: string, expected: string): never => {
    throw new AppError('input.invalid', `an API key with scope ${scopes.join(', ')} needs ${expected}`, {
      field,
      expected,
    });
  };
  if (scopes.length === 0) refuse('/scopes', 'at least one scope');
  if (scopes.includes('replay') && (agent === undefined || digest === undefined)) {
    refuse('/agent', 'the agent version and its digest');
  }
}

function bindingOf(row: ApiKeyRow): ApiKeyBinding {
  const { label, kid, agent, digest } = row;
  const scopes = row.scopes as ApiScope[];
  return { ref: refOf(row.key_hash), label, scopes, kid, agent, digest, singleUse: row.single_use, fields: row.fields };
}

function hashOf(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey, 'utf8').digest();
}

function refOf(hash: Buffer): string {
  return hash.toString('hex', 0, 6);
}
