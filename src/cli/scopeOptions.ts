import { createHmac } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import type { ScopeQuery } from '../inquiry/index.js';

export interface ScopeOptions {
  readonly subject?: string;
  readonly subjectTag?: string;
  readonly agent?: string;
  readonly session?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly decision?: readonly string[];
}

export const withScopeOptions = (command: Command): Command =>
  command
    .option('--subject <id>', 'decisions about this person: the id as your systems know it; only its tag is kept')
    .option('--subject-tag <tag>', 'the same by the tag that the ledger has')
    .option('--agent <agent>', 'decisions of this agent: name, or name@version')
    .option('--session <id>', 'decisions of this session; sealed, so others cannot recompute it')
    .option('--type <type>', 'decisions of this type')
    .option('--from <when>', 'from this day (UTC) or instant on', instant)
    .option('--to <when>', 'before this day (UTC) or instant', instant)
    .option('--decision <id...>', 'these decisions');

export function instant(text: string): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(isDay ? `${text}T00:00:00.000Z` : text);
  if ((isDay || isTime) && !Number.isNaN(at.getTime()) && (!isDay || at.toISOString().startsWith(text)))
    return at.toISOString();
  throw new InvalidArgumentError('expected a day such as 2026-11-01, or a time with its zone.');
}

/** null where nothing was said. The id of a person is turned into the tag here and goes no further. */
export function scopeOf(options: ScopeOptions, tagKey: Uint8Array): ScopeQuery | null {
  const { subject, subjectTag, agent, session, type, from, to, decision } = options;
  const tag = subject === undefined ? subjectTag : createHmac('sha256', tagKey).update(subject).digest('base64url');
  const query: ScopeQuery = {
    v: 1,
    subject: tag ?? null,
    agent: agent ?? null,
    type: type ?? null,
    session: session ?? null,
    from: from ?? null,
    to: to ?? null,
    decisions: decision === undefined ? null : [...new Set(decision)],
  };
  return Object.entries(query).every(([name, value]) => name === 'v' || value === null) ? null : query;
}
