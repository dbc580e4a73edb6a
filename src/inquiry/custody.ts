import { canonicalize, sha256, toHex, utf8 } from '@tenet-ledger/record';

/** Who gave what to whom. Each event names the one before it by hash, and each is a field of a signed ledger entry. */
export interface CustodyEvent {
  readonly v: 1;
  readonly inquiry: string;
  /** From 1. */
  readonly n: number;
  readonly action: string;
  /** hex SHA-256 of what changed hands or was decided on. */
  readonly item: string;
  readonly from: string;
  readonly to: string;
  /** Who acted. */
  readonly actor: string;
  readonly purpose: string;
  readonly at: string;
  /** hex SHA-256 of the event before; null for the first. */
  readonly prev: string | null;
}

export interface ChainedEvent {
  readonly event: CustodyEvent;
  readonly digest: string;
  /** The ledger entry that holds it. */
  readonly entry: string;
}

export const custodyDigest = (event: CustodyEvent): string => toHex(sha256(utf8(canonicalize(event))));

/** The next event behind these. */
export function nextEvent(
  chain: readonly Pick<ChainedEvent, 'event' | 'digest'>[],
  what: Omit<CustodyEvent, 'v' | 'n' | 'prev'>,
): CustodyEvent {
  const last = chain.at(-1);
  return { v: 1, ...what, n: (last?.event.n ?? 0) + 1, prev: last?.digest ?? null };
}

/** Problems of a chain, in words; empty where it holds. */
export function chainProblems(chain: readonly Pick<ChainedEvent, 'event' | 'digest'>[], inquiry: string): string[] {
  const problems: string[] = [];
  let prev: string | null = null;
  chain.forEach(({ event, digest }, at) => {
    const name = `custody event ${at + 1}`;
    if (event.n !== at + 1) problems.push(`${name} says it is number ${event.n}`);
    if (event.inquiry !== inquiry) problems.push(`${name} is of ${event.inquiry}`);
    if (event.prev !== prev) problems.push(`${name} does not name the event before it`);
    if (custodyDigest(event) !== digest) problems.push(`${name} does not hash to the digest beside it`);
    prev = digest;
  });
  return problems;
}
