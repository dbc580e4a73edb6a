import type { Json } from '@tenet-ledger/record';
import type { ActivityDeps } from './deps.js';

const PAGE = 500;

export interface OpenedDecision {
  readonly id: string;
  readonly agent: string;
  readonly fields: ReadonlyMap<string, Json>;
}

/** Values of these decisions, in the order asked. An erased one is left out: what is gone can be compared with nothing. */
export async function openDecisions(
  { platform }: Pick<ActivityDeps, 'platform'>,
  ids: readonly string[],
): Promise<OpenedDecision[]> {
  const opened: OpenedDecision[] = [];
  for (let at = 0; at < ids.length; at += PAGE) {
    for (const { id, entry, fields, erased } of await platform.ledger.readDecisions(ids.slice(at, at + PAGE)))
      if (!erased) opened.push({ id, agent: entry.agent, fields });
  }
  return opened;
}
