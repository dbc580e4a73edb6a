import type { Entry, Json } from '@tenet-ledger/record';
import { foldWaivers } from './foldWaivers.js';
import type { Waiver, WaiverEntry } from './types.js';

/** What waivers need of a tenant's ledger: they are kept nowhere else. */
export interface WaiverLedger {
  listDecisions(query: { readonly kind: 'waiver'; readonly limit: number; readonly cursor?: string }): Promise<{
    readonly ids: readonly string[];
    readonly cursor: string | null;
  }>;
  readDecisions(ids: readonly string[]): Promise<
    readonly {
      readonly id: string;
      readonly entry: Pick<Entry, 'kind' | 'type' | 'links'>;
      readonly fields: ReadonlyMap<string, Json>;
    }[]
  >;
  append(entries: readonly WaiverEntry[]): Promise<unknown>;
}

const PAGE = 500;

/** Every waiver of the tenant, read back from its entries. */
export async function readWaivers(ledger: Pick<WaiverLedger, 'listDecisions' | 'readDecisions'>): Promise<Waiver[]> {
  const views: Awaited<ReturnType<WaiverLedger['readDecisions']>>[number][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await ledger.listDecisions({
      kind: 'waiver',
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.ids.length > 0) views.push(...(await ledger.readDecisions(page.ids)));
    cursor = page.cursor;
  }
  return foldWaivers(views);
}
