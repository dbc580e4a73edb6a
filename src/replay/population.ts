import type { Json } from '@tenet-ledger/record';
import type { PopulationMember } from './cohort.js';
import { valueAt } from './valueAt.js';

export interface RecordedDecision {
  readonly id: string;
  /** null: accepted, not under a checkpoint yet. */
  readonly idx: number | null;
  readonly erased: boolean;
  readonly fields: ReadonlyMap<string, Json>;
}

/** The ledger, as far as a population is read from it. */
export interface RecordedDecisions {
  listDecisions(query: {
    readonly agent: string;
    readonly type: string;
    readonly session?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly ids: readonly string[]; readonly cursor: string | null }>;
  readDecisions(ids: readonly string[]): Promise<readonly RecordedDecision[]>;
}

export interface PopulationRequest {
  /** name@version whose recorded decisions are meant. */
  readonly baseline: string;
  readonly type: string;
  readonly session: string | null;
  /** Pointers into the record; equal values are one stratum. */
  readonly stratifyBy: readonly string[];
}

const PAGE = 500;

/** Every logged decision that can be drawn, with its stratum. */
export async function readPopulation(
  ledger: RecordedDecisions,
  { baseline, type, session, stratifyBy }: PopulationRequest,
): Promise<PopulationMember[]> {
  const population: PopulationMember[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RecordedDecisions['listDecisions']>> = await ledger.listDecisions({
      agent: baseline,
      type,
      limit: PAGE,
      ...(session === null ? {} : { session }),
      ...(cursor === null ? {} : { cursor }),
    });
    for (const decision of await ledger.readDecisions(page.ids)) {
      if (decision.idx === null || decision.erased) continue;
      const values = stratifyBy.map((path) => JSON.stringify(valueAt(decision.fields, path) ?? null));
      population.push({ decision: decision.id, stratum: values.join(' ') });
    }
    cursor = page.cursor;
  } while (cursor !== null);
  return population;
}
