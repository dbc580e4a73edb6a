import { canonicalize, sha256, toHex, utf8, type Entry } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';

/**
 * The saved query of a case. All members must hold; null leaves one open. `subject`, `agent`, `type`, times and ids are in the signed
 * statement of every entry, so anybody who has the leaves can recompute the answer. `session` is not: see {@link isRecomputable}.
 */
export interface ScopeQuery {
  readonly v: 1;
  /** The tag as it stands in S. */
  readonly subject: string | null;
  /** name@version, or a bare name for all its versions. */
  readonly agent: string | null;
  readonly type: string | null;
  readonly session: string | null;
  /** RFC 3339 UTC, claimed time: from ≤ occurred_at < to. */
  readonly from: string | null;
  readonly to: string | null;
  readonly decisions: readonly string[] | null;
}

export const MAX_NAMED = 10_000;

export const EMPTY_QUERY: ScopeQuery = {
  v: 1,
  subject: null,
  agent: null,
  type: null,
  session: null,
  from: null,
  to: null,
  decisions: null,
};

/** A query that restricts nothing is not a scope: nobody asked for everything there is. */
export function assertScope(query: ScopeQuery): ScopeQuery {
  const { from, to, decisions } = query;
  const refuse = (message: string, field: string, fix: string): never => {
    throw new AppError('input.invalid', message, { field, fix });
  };
  if (Object.entries(query).every(([name, value]) => name === 'v' || value === null))
    refuse(
      'the scope names nothing',
      'scope',
      'give --subject, --agent, --session, --type, --from and --to, or --decision',
    );
  if (from !== null && to !== null && from >= to)
    refuse('the period ends before it begins', '--to', 'give --from and --to as instants, --from first');
  if (decisions !== null && decisions.length === 0) refuse('the list of decisions is empty', '--decision', 'name one');
  if (decisions !== null && decisions.length > MAX_NAMED)
    refuse(`a scope names at most ${MAX_NAMED} decisions`, '--decision', 'use a period or an agent instead');
  return query;
}

/** hex SHA-256 of the canonical query: what collection, review and approvals refer to. */
export const scopeDigest = (query: ScopeQuery): string => toHex(sha256(utf8(canonicalize(query))));

type Stated = Pick<Entry, 'kind' | 'agent' | 'type' | 'id' | 'subject' | 'occurred_at'>;

/** Whether S alone puts this entry into the scope. With a session in the query it is no more than "it may be". */
export function scopeTest(query: ScopeQuery): (entry: Stated) => boolean {
  const { subject, agent, type, from, to } = query;
  const ids = query.decisions === null ? null : new Set(query.decisions);
  return (entry) =>
    entry.kind === 'decision' &&
    (ids === null || ids.has(entry.id)) &&
    (subject === null || entry.subject === subject) &&
    (agent === null || entry.agent === agent || entry.agent.startsWith(`${agent}@`)) &&
    (type === null || entry.type === type) &&
    (from === null || entry.occurred_at >= from) &&
    (to === null || entry.occurred_at < to);
}

/** The session of a decision is one of its sealed fields: who has the leaves alone cannot tell it. */
export const isRecomputable = ({ session }: ScopeQuery): boolean => session === null;

/** In words, for the cover and for people. */
export function scopeSentence(query: ScopeQuery): string {
  const { subject, agent, type, session, from, to, decisions } = query;
  const parts = [
    agent === null ? null : `by ${agent}`,
    type === null ? null : `of type ${type}`,
    subject === null ? null : `about the person with tag ${subject}`,
    session === null ? null : `of session ${session}`,
    period(from, to),
    decisions === null ? null : `among ${decisions.length} named ${decisions.length === 1 ? 'decision' : 'decisions'}`,
  ].filter((part) => part !== null);
  return `decisions ${parts.join(', ')}`;
}

function period(from: string | null, to: string | null): string | null {
  if (from === null && to === null) return null;
  const day = (at: string): string => at.replace(/T00:00:00\.000Z$/, '').replace('.000Z', 'Z');
  if (from === null) return `before ${day(to ?? '')}`;
  return to === null ? `from ${day(from)} on` : `from ${day(from)} up to, not including, ${day(to)}`;
}
