import type { Entry } from '@tenet-ledger/record';
import type { Findings } from './findings.js';
import type { ProducerGap } from './report.js';

interface Link {
  readonly seq: number;
  readonly prev: string | undefined;
  readonly sHash: string;
  /** null for what was answered as a duplicate. */
  readonly index: number | null;
  readonly id: string;
}

interface Chain {
  readonly kid: string;
  readonly producer: string;
  next: number;
  lastHash: string | undefined;
  /** Entries that came before an earlier number of theirs. */
  readonly ahead: Map<number, Link>;
}

/** seq without repeats, prev = hash of the entry before, per record key and producer. In memory only what is out of order. */
export class ChainCheck {
  readonly #chains = new Map<string, Chain>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(entry: Pick<Entry, 'id' | 'producer'>, sHash: string, index: number | null): void {
    const { id: producer, kid, seq, prev } = entry.producer;
    const key = `${kid} ${producer}`;
    const chain = this.#chains.get(key) ?? {
      kid,
      producer,
      next: 1,
      lastHash: undefined,
      ahead: new Map<number, Link>(),
    };
    this.#chains.set(key, chain);
    if (seq < chain.next || chain.ahead.has(seq)) {
      this.#findings.add('producer.repeat', index, entry.id, `producer ${producer} used number ${seq} twice`);
      return;
    }
    chain.ahead.set(seq, { seq, prev, sHash, index, id: entry.id });
    this.#advance(chain);
  }

  #advance(chain: Chain): void {
    for (let link = chain.ahead.get(chain.next); link; link = chain.ahead.get(chain.next)) {
      this.#follow(chain, link);
      chain.ahead.delete(link.seq);
      chain.next = link.seq + 1;
    }
  }

  #follow(chain: Chain, link: Link): void {
    if (chain.lastHash !== undefined && link.prev !== chain.lastHash) {
      const message = `number ${link.seq} of producer ${chain.producer} does not follow number ${link.seq - 1} of this log`;
      this.#findings.add('producer.prev', link.index, link.id, message);
    }
    chain.lastHash = link.sHash;
  }

  /** Call once, at the end. Numbers that only duplicates stand behind are left to the producer's report. */
  gaps(): ProducerGap[] {
    const gaps: ProducerGap[] = [];
    for (const chain of this.#chains.values()) {
      const last = lastLogged(chain);
      for (const seq of [...chain.ahead.keys()].sort((a, b) => a - b)) {
        const link = chain.ahead.get(seq);
        if (!link) continue;
        // A duplicate may stand behind entries that were not in the tree yet when this check began.
        if (seq > chain.next && seq > last) break;
        if (seq > chain.next) {
          gaps.push({ producer: chain.producer, kid: chain.kid, from: chain.next, to: seq - 1 });
          chain.lastHash = undefined;
        }
        this.#follow(chain, link);
        chain.next = seq + 1;
      }
    }
    return gaps;
  }
}

function lastLogged({ ahead }: Chain): number {
  let last = 0;
  for (const { index, seq } of ahead.values()) if (index !== null && seq > last) last = seq;
  return last;
}
