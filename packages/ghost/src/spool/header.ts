import { canonicalize, fromBase64Url, fromUtf8, parseCanonical, type Json } from '@tenet-ledger/record';
import { SpoolError } from './errors.js';

// FORMAT.md §3

export const SEAL_ALG = 'X25519-HKDF-SHA256-A256GCM';

export interface SegmentSeal {
  readonly alg: typeof SEAL_ALG;
  /** Ephemeral X25519 public key, base64url. */
  readonly epk: string;
  /** Names the platform's key. */
  readonly kid: string;
}

/** Frame 0 of a segment. Claims of whoever wrote it: what counts are the signatures of the records. */
export interface SegmentHeader {
  /** RFC 3339 */
  readonly created: string;
  readonly format: 1;
  /** Record key that the records are signed with. */
  readonly kid: string;
  /** host/tenant */
  readonly log: string;
  readonly producer: string;
  /** null: the records are readable. */
  readonly seal: SegmentSeal | null;
  readonly segment: number;
}

export const encodeHeader = (header: SegmentHeader): Buffer => Buffer.from(canonicalize(header), 'utf8');

/** Strict: canonical, closed, every member of its type. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader {
  const value = parse(bytes);
  const { seal } = value;
  closed(value, ['created', 'format', 'kid', 'log', 'producer', 'seal', 'segment'], 'header');
  texts(value, ['created', 'kid', 'log', 'producer'], 'header');
  if (value['format'] !== 1) refuse(`format ${JSON.stringify(value['format'])} is not known here`);
  const { segment } = value;
  if (typeof segment !== 'number' || !Number.isSafeInteger(segment) || segment < 1)
    refuse('segment is an integer from 1');
  if (seal !== null) assertSeal(seal);
  return value as unknown as SegmentHeader;
}

function assertSeal(seal: Json | undefined): void {
  if (!isObject(seal)) refuse('seal is an object or null');
  closed(seal, ['alg', 'epk', 'kid'], 'seal');
  texts(seal, ['alg', 'epk', 'kid'], 'seal');
  if (seal['alg'] !== SEAL_ALG) refuse(`seal.alg is not ${SEAL_ALG}`);
  const { epk: text } = seal;
  let epk: Uint8Array;
  try {
    epk = fromBase64Url(typeof text === 'string' ? text : '');
  } catch (error) {
    throw new SpoolError('spool.header', 'seal.epk is not canonical base64url', { cause: error });
  }
  if (epk.length !== 32) refuse('seal.epk is 32 bytes');
}

type Members = Readonly<Record<string, Json>>;

function parse(bytes: Uint8Array): Members {
  let value: Json;
  try {
    value = parseCanonical(fromUtf8(bytes));
  } catch (error) {
    throw new SpoolError('spool.header', 'the header is not canonical JSON', { cause: error });
  }
  if (!isObject(value)) refuse('the header is not an object');
  return value;
}

function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function closed(value: Members, names: readonly string[], what: string): void {
  const keys = Object.keys(value);
  if (keys.length !== names.length || !names.every((name) => Object.hasOwn(value, name)))
    refuse(`${what} has the members ${names.join(', ')} and no other`);
}

function texts(value: Members, names: readonly string[], what: string): void {
  for (const name of names) {
    const text = value[name];
    if (typeof text !== 'string' || text === '' || text.length > 400) refuse(`${what}.${name} is a short text`);
  }
}

function refuse(why: string): never {
  throw new SpoolError('spool.header', why);
}
