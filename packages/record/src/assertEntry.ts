import { fromBase64 } from './base64.js';
import { RecordError } from './errors.js';
import { isPointer } from './pointer.js';
import { shape } from './shape.js';
import type { Entry, EntryKind, Json } from './types.js';

export const MAX_FIELDS = 256;
const MAX_LINKS = 64;

export const ENTRY_KINDS: readonly EntryKind[] = [
  'decision',
  'effect',
  'override',
  'correction',
  'capture',
  'key',
  'erasure',
  'run',
  'profile',
  'verdict',
  'drift',
  'waiver',
  'hold',
  'approval',
  'report',
  'access',
  'agent',
  'epoch',
];

const KINDS: ReadonlySet<string> = new Set(ENTRY_KINDS);

// Names and ids reach terminals, paths and notes: printable ASCII without space, or text without control characters.
const ID = /^[\x21-\x7e]{1,200}$/;
const LOG = /^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?\/[a-z0-9](?:[a-z0-9-]{0,62})$/;
const KID = /^[A-Za-z0-9_.-]{1,64}$/;
const TEXT = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}]{1,200}$/u;
const REL = /^[a-z][a-z0-9-]{0,63}$/;
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const REQUIRED = {
  v: 'number',
  log: 'string',
  kind: 'string',
  type: 'string',
  id: 'string',
  agent: 'string',
  links: 'array',
  producer: 'object',
  occurred_at: 'string',
  fields: 'object',
} as const;
const OPTIONAL = { after: 'object', subject: 'string' } as const;

/** The profile of S, stricter than JCS: closed members, integers only, canonical encodings. Returns what it was given. */
export function assertEntry(value: unknown): Entry {
  const s = shape(value, REQUIRED, OPTIONAL, 'entry');
  if (s.v !== 1) refuse('/v', '1', s.v);
  text('/log', s.log, LOG, 'host/tenant in lower case');
  if (!KINDS.has(s.kind)) refuse('/kind', 'a kind of entry', s.kind);
  text('/type', s.type, TEXT, '1 to 200 characters without control or format characters');
  text('/id', s.id, ID, '1 to 200 printable ASCII characters without space');
  text('/agent', s.agent, TEXT, '1 to 200 characters without control or format characters');
  if (s.subject !== undefined) text('/subject', s.subject, ID, '1 to 200 printable ASCII characters without space');
  assertTime(s.occurred_at);
  assertLinks(s.links);
  assertProducer(s.producer);
  if (s.after !== undefined) assertAfter(s.after);
  assertFields(s.fields);
  return value as Entry;
}

function refuse(at: string, expected: string, got: unknown): never {
  throw new RecordError('record.entry', `the entry's ${at} does not fit the format: expected ${expected}`, {
    at,
    expected,
    got: String(got).slice(0, 200),
  });
}

function text(at: string, value: string, pattern: RegExp, expected: string): void {
  if (!pattern.test(value)) refuse(at, expected, value);
}

function integer(at: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) refuse(at, `an integer from ${least}`, value);
}

function assertTime(value: string): void {
  const expected = 'an existing instant as YYYY-MM-DDThh:mm:ss.sssZ';
  if (!TIME.test(value)) refuse('/occurred_at', expected, value);
  const ms = Date.parse(value);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== value) refuse('/occurred_at', expected, value);
}

function assertLinks(links: readonly Json[]): void {
  if (links.length > MAX_LINKS) refuse('/links', `at most ${MAX_LINKS} links`, links.length);
  links.forEach((value, i) => {
    const link = shape(value, { rel: 'string', id: 'string' }, {}, 'link');
    text(`/links/${i}/rel`, link.rel, REL, 'a lower-case word');
    text(`/links/${i}/id`, link.id, ID, '1 to 200 printable ASCII characters without space');
  });
}

function assertProducer(value: Json): void {
  const producer = shape(value, { id: 'string', kid: 'string', seq: 'number' }, { prev: 'string' }, 'producer');
  text('/producer/id', producer.id, ID, '1 to 200 printable ASCII characters without space');
  text('/producer/kid', producer.kid, KID, 'a key id');
  integer('/producer/seq', producer.seq, 1);
  if (producer.seq === 1 && producer.prev !== undefined) refuse('/producer/prev', 'no prev at seq 1', producer.prev);
  if (producer.seq > 1 && producer.prev === undefined) refuse('/producer/prev', 'a prev after seq 1', 'nothing');
  if (producer.prev !== undefined) text('/producer/prev', producer.prev, DIGEST, '32 bytes in base64url');
}

function assertAfter(value: Json): void {
  const after = shape(value, { size: 'number', root: 'string' }, {}, 'after');
  integer('/after/size', after.size, 1);
  if (after.root.length !== 44 || fromBase64(after.root).length !== 32)
    refuse('/after/root', '32 bytes in base64', after.root);
}

function assertFields(fields: { readonly [path: string]: Json }): void {
  const paths = Object.keys(fields);
  if (paths.length > MAX_FIELDS) refuse('/fields', `at most ${MAX_FIELDS} fields`, paths.length);
  for (const path of paths) {
    if (!isPointer(path)) refuse('/fields', 'RFC 6901 pointers as member names', path);
    const digest = fields[path];
    if (typeof digest !== 'string' || !DIGEST.test(digest)) refuse(`/fields${path}`, '32 bytes in base64url', digest);
  }
}
