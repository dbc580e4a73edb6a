import { fromBase64, toBase64 } from './base64.js';
import { equalBytes } from './bytes.js';
import { assertPublicKey } from './ed25519.js';
import { RecordError } from './errors.js';
import { discloseFields } from './fields.js';
import { sha256, type Sha256 } from './hash.js';
import { kidOf } from './kid.js';
import type { Field } from './record.js';
import type { Entry, EntryKind, Json, Producer } from './types.js';

// Key history. A record key counts from the index of its `key.add` entry to the index of its `key.retire` or
// `key.revoke`; all three are signed by the log's root key, which only a policy can name.

/** A producer signs what agents do; the platform signs what is done with it. */
export type KeyRole = 'producer' | 'platform';
export type KeyAction = 'add' | 'retire' | 'revoke';

const PRODUCER_KINDS: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'decision',
  'effect',
  'override',
  'correction',
  'capture',
]);

/** Whether a key of this role may sign this kind. `key` entries are the root's alone. */
export const mayAttest = (role: KeyRole, kind: EntryKind): boolean =>
  kind !== 'key' && (role === 'platform' || PRODUCER_KINDS.has(kind));

export interface KeyEntryInput {
  readonly log: string;
  readonly action: KeyAction;
  readonly publicKey: Uint8Array;
  readonly role: KeyRole;
  /** Default "<kid>.<action>". */
  readonly id?: string;
  /** The root's chain: `id` is always "root", `kid` the root key's. */
  readonly producer: Omit<Producer, 'id'>;
  readonly occurredAt: string;
  readonly after?: { readonly size: number; readonly root: string };
  /** Why, for retire and revoke. */
  readonly reason?: string;
  readonly salt: () => Uint8Array;
}

export interface KeyStatement {
  readonly action: KeyAction;
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly role: KeyRole;
}

/** The entry, to be signed by the root key, and its disclosures. Nothing in it is secret; values stay out of the leaf all the same. */
export function keyEntry(
  input: KeyEntryInput,
  hash: Sha256 = sha256,
): { readonly entry: Entry; readonly disclosures: readonly string[] } {
  assertPublicKey(input.publicKey);
  const kid = kidOf(input.publicKey);
  const list: Field[] = [
    { path: '/key/kid', value: kid },
    { path: '/key/publicKey', value: toBase64(input.publicKey) },
    { path: '/key/role', value: input.role },
  ];
  if (input.reason !== undefined) list.push({ path: '/key/reason', value: input.reason });
  const { fields, disclosures } = discloseFields(list, input.salt, hash);
  const entry: Entry = {
    v: 1,
    log: input.log,
    kind: 'key',
    type: `key.${input.action}`,
    id: input.id ?? `${kid}.${input.action}`,
    agent: 'root',
    links: [],
    producer: { id: 'root', ...input.producer },
    occurred_at: input.occurredAt,
    ...(input.after === undefined ? {} : { after: input.after }),
    fields,
  };
  return { entry, disclosures };
}

/** What a key entry states, out of its disclosed fields. Says nothing about who signed it. */
export function readKeyStatement(entry: Omit<Entry, 'fields'>, fields: ReadonlyMap<string, Json>): KeyStatement {
  const action = /^key\.(add|retire|revoke)$/.exec(entry.type)?.[1] as KeyAction | undefined;
  if (entry.kind !== 'key' || action === undefined)
    refuse('kind "key", type key.add, key.retire or key.revoke', entry.type);
  if (entry.producer.id !== 'root' || entry.agent !== 'root') refuse('producer and agent "root"', entry.producer.id);
  const kid = fields.get('/key/kid');
  const encoded = fields.get('/key/publicKey');
  const role = fields.get('/key/role');
  if (typeof kid !== 'string' || typeof encoded !== 'string')
    refuse('/key/kid and /key/publicKey disclosed', 'neither or one');
  if (role !== 'producer' && role !== 'platform')
    refuse('/key/role "producer" or "platform"', JSON.stringify(role ?? null));
  const publicKey = fromBase64(encoded);
  assertPublicKey(publicKey);
  if (kidOf(publicKey) !== kid) refuse(`kid ${kidOf(publicKey)} for this public key`, kid);
  return { action, kid, publicKey, role };
}

function refuse(expected: string, got: string): never {
  throw new RecordError('record.key', `not a valid key entry: expected ${expected}`, { expected, got });
}

export interface KeyEvent extends KeyStatement {
  readonly index: number;
}

export type KeyStanding =
  | {
      readonly valid: true;
      readonly publicKey: Uint8Array;
      readonly role: KeyRole;
      readonly addedAt: number;
      readonly endedAt: number | null;
    }
  | { readonly valid: false; readonly why: string };

/**
 * Whether `kid` counts at `index` (null: not logged yet, so it must not have ended at all), given verified key entries. The first
 * end counts; a kid is added once.
 */
export function keyStanding(events: readonly KeyEvent[], kid: string, index: number | null): KeyStanding {
  const own = events.filter((event) => event.kid === kid);
  const [added, again] = own.filter((event) => event.action === 'add');
  if (added === undefined) return { valid: false, why: `no key.add entry for ${kid}` };
  if (again !== undefined) return { valid: false, why: `${kid} is added twice` };
  if (!own.every((event) => equalBytes(event.publicKey, added.publicKey)))
    return { valid: false, why: `${kid} stands for two public keys` };
  if (index !== null && added.index >= index)
    return { valid: false, why: `${kid} counts only after index ${added.index}` };
  const ends = own.filter((event) => event.action !== 'add').map((event) => event.index);
  const endedAt = ends.length === 0 ? null : Math.min(...ends);
  if (endedAt !== null && (index === null || endedAt <= index))
    return { valid: false, why: `${kid} ended at index ${endedAt}` };
  return { valid: true, publicKey: added.publicKey, role: added.role, addedAt: added.index, endedAt };
}
