import type { ChainEntry } from './types.js';

export interface ProducerFilter {
  readonly producer: string | null;
  /** Producers with an entry of this session. */
  readonly session: string | null;
  /** Producers with an entry of this agent: name@version, or a bare name. */
  readonly agent: string | null;
  readonly limit: number;
  /** Also the platform's own processes, which wrote keys, accesses or verdicts only. @default false */
  readonly all?: boolean;
}

export interface ProducerRow {
  readonly producer: string;
  readonly kid: string;
  readonly entries: number;
  readonly decisions: number;
  /** Numbers that were answered as duplicates. */
  readonly duplicates: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly closed: boolean;
  readonly conflicts: number;
  /** One of its agents. */
  readonly agent: string;
}

/** What a report reads. Implemented by db/ over Postgres. */
export interface ProducerStore {
  /** Newest first. */
  list(filter: ProducerFilter): Promise<ProducerRow[]>;
  /** In the order of the numbers, behind `afterSeq`, duplicates among them. `leaf`: its exact text. */
  chain(
    kid: string,
    producer: string,
    afterSeq: number,
    limit: number,
  ): Promise<(ChainEntry & { readonly leaf: string })[]>;
}
