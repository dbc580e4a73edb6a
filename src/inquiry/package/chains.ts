import { readLeaf, RecordError, sHash, type Entry, type Json, type Sha256 } from '@tenet-ledger/record';
import { ChainInspector, type ProducerReport } from '../../producers/index.js';

/** What a chain is checked by, of one entry. */
interface Place {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly agent: string;
  readonly occurredAt: string;
  readonly index: number | null;
  readonly sHash: string;
  readonly prev: string | null;
  readonly duplicate: boolean;
}

interface Chain {
  readonly kid: string;
  readonly producer: string;
  readonly places: Place[];
  readonly values: Map<string, ReadonlyMap<string, Json>>;
  /** Agents of its decisions. */
  readonly agents: Set<string>;
}

/**
 * The producers of a range by their own numbers. A log is in the order of arrival, so each chain is put into its own order
 * first. What a producer never sent shows as a gap, what it counted as dropped is in its signed capture entries.
 */
export class Chains {
  readonly #chains = new Map<string, Chain>();

  add(entry: Entry, index: number | null, hash: string, values: ReadonlyMap<string, Json> | null): void {
    const { producer, kind, id, type, agent, occurred_at: occurredAt } = entry;
    const chain = this.#chain(producer.kid, producer.id);
    const place = {
      seq: producer.seq,
      id,
      kind,
      type,
      agent,
      occurredAt,
      index,
      sHash: hash,
      prev: producer.prev ?? null,
    };
    chain.places.push({ ...place, duplicate: index === null });
    if (kind === 'decision') chain.agents.add(agent);
    if (values !== null) chain.values.set(id, values);
  }

  /** A signed leaf that was answered as a duplicate: its number is taken, its decision is in the log by another leaf. */
  addDuplicate(text: string, hash?: Sha256): void {
    const { entry, payload } = readLeaf(text);
    if (!this.#chains.has(key(entry.producer.kid, entry.producer.id)))
      throw new RecordError('record.chain', `a duplicate of ${entry.id} belongs to no producer of this range`);
    this.add(entry, null, sHash(payload, hash), null);
  }

  /** Of the producers that `concerns` names by the agents whose decisions they wrote; sorted by producer. */
  reports(concerns: (agents: ReadonlySet<string>) => boolean): ProducerReport[] {
    return [...this.#chains.values()]
      .filter(({ agents }) => agents.size > 0 && concerns(agents))
      .sort((a, b) => (a.producer < b.producer ? -1 : 1))
      .flatMap((chain) => reportOf(chain) ?? []);
  }

  #chain(kid: string, producer: string): Chain {
    const at = key(kid, producer);
    const chain = this.#chains.get(at) ?? { kid, producer, places: [], values: new Map(), agents: new Set() };
    this.#chains.set(at, chain);
    return chain;
  }
}

const key = (kid: string, producer: string): string => `${kid} ${producer}`;

function reportOf({ kid, producer, places, values }: Chain): ProducerReport | null {
  const inspector = new ChainInspector();
  places.sort((a, b) => a.seq - b.seq);
  let conflicts = 0;
  let last = 0;
  for (const place of places) {
    if (place.seq === last) conflicts += 1;
    else inspector.add({ ...place, session: null });
    last = place.seq;
  }
  return inspector.report({ producer, kid, conflicts }, values);
}
