import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError } from '../errors/index.js';
import type { KeyStore, LedgerService, SubjectKey } from '../ledger/index.js';
import { unusableResult, type HashedRow, type ReplayItem, type ReplayResult } from '../replay/index.js';
import { budgetStop, isLimited, type Spent } from './budget.js';
import type { Db } from './database.js';
import { leaseCalls } from './leases.js';
import { replayItem, type LiveCalls } from './replayItems.js';
import { createResultTable, type ResultCount, type StoredResultRow } from './results.js';
import type { RunRow } from './runs.js';
import { keysOf, tenantKey } from './sealKeys.js';
import { openBody, openResult, sealResult, type StoredResult } from './sealedResult.js';

export interface ReplayStoreDeps {
  readonly db: Db;
  readonly tenant: string;
  readonly keyStore: KeyStore;
  readonly ledger: Pick<LedgerService, 'readDecisions'>;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** How long a batch waits for model calls that other batches hold before it is sent away. @default 15_000 */
  readonly leaseWaitMs?: number;
}

export interface BatchRequest {
  readonly repeat: number;
  /** Ordinals (after, until]. */
  readonly after: number;
  readonly until: number;
  readonly count: number;
}

/** What a batch will hand out: fixed before the first item is read. */
export interface Batch {
  readonly repeat: number;
  /** Ordinal up to which everything has a result once this batch is reported: where the next one starts. */
  readonly cursor: number;
  /** Model calls leased with it; null without a limit. */
  readonly maxCalls: number | null;
  readonly members: readonly { readonly ord: number; readonly decision: string }[];
}

const ITEMS_AT_ONCE = 64;
const ROWS_AT_ONCE = 1_000;
const SALT_BYTES = 16;
const LEASE_WAIT_MS = 15_000;
const LEASE_POLL_MS = 500;

export class ReplayStore {
  readonly #deps: Required<ReplayStoreDeps>;
  readonly #table: ReturnType<typeof createResultTable>;

  constructor(deps: ReplayStoreDeps) {
    this.#deps = { randomBytes: nodeRandomBytes, leaseWaitMs: LEASE_WAIT_MS, ...deps };
    this.#table = createResultTable(deps.db, deps.tenant);
  }

  /** Leases calls where the budget limits them. Throws `budget.exhausted` when nothing may be spent any more. */
  async openBatch(run: RunRow, { repeat, after, until, count }: BatchRequest): Promise<Batch> {
    const { size } = run.manifest.cohort;
    const end = Math.min(until, size);
    const members = await this.#table.missing(run.cohort, { run: run.id, lane: run.lane, repeat }, after, end, count);
    const cursor = members.length < count ? Math.max(after, end) : (members.at(-1)?.ord ?? after);
    const maxCalls = members.length === 0 ? null : await this.#lease(run, { repeat, after, cursor }, members.length);
    return { repeat, cursor, maxCalls, members };
  }

  async #lease(
    run: RunRow,
    range: { readonly repeat: number; readonly after: number; readonly cursor: number },
    decisions: number,
  ): Promise<number | null> {
    const { budget, lane } = run.manifest;
    const { db, tenant } = this.#deps;
    if (!isLimited(budget)) return null;
    if (lane.policy.model === 'live') {
      const { repeat, after, cursor } = range;
      const request = { repeat, after, until: cursor, decisions };
      return this.#patiently(() => leaseCalls(db, tenant, run, request));
    }
    const stop = budgetStop(run.manifest, await this.#table.spent(run.id));
    if (stop !== null) throw new AppError('budget.exhausted', stop, { field: '/budget' });
    return budget.maxCalls;
  }

  /** Holds no connection while it waits. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let left = this.#deps.leaseWaitMs; ; left -= LEASE_POLL_MS) {
      try {
        return await work();
      } catch (error) {
        if (!isAppError(error) || error.code !== 'api.busy' || left <= 0) throw error;
        await sleep(Math.min(left, LEASE_POLL_MS));
      }
    }
  }

  /**
   * The items of a batch in order, in chunks. A decision that can't be handed out (erased, without input) becomes a refused
   * result at once and is left out, so that the run has a row for it.
   */
  async *items(run: RunRow, batch: Batch): AsyncGenerator<readonly (ReplayItem & { readonly ord: number })[]> {
    for (let at = 0; at < batch.members.length; at += ITEMS_AT_ONCE) {
      const members = batch.members.slice(at, at + ITEMS_AT_ONCE);
      const ids = members.map((member) => member.decision);
      const pool = await this.#pool(run, ids);
      const views = new Map((await this.#deps.ledger.readDecisions(ids)).map((view) => [view.id, view]));
      const items: (ReplayItem & { ord: number })[] = [];
      const refused: ReplayResult[] = [];
      for (const { ord, decision } of members) {
        const view = views.get(decision);
        const item = view
          ? replayItem(view, run, batch.repeat, pool.get(decision) ?? [])
          : { code: 'replay.no_record', message: 'the decision is not in the ledger' };
        if ('code' in item) refused.push(unusableResult(decision, 'refused', item.code, item.message));
        else items.push({ ord, ...item });
      }
      if (refused.length > 0) await this.store(run, batch.repeat, refused);
      yield items;
    }
  }

  async #pool(run: RunRow, decisions: readonly string[]): Promise<Map<string, LiveCalls[]>> {
    const pool = new Map<string, LiveCalls[]>();
    if (run.controlRun === null) return pool;
    const { tenant, keyStore } = this.#deps;
    const rows = await this.#table.pooled(run.controlRun, decisions);
    const keys = await keysOf(
      keyStore,
      rows.map((row) => row.key_id),
    );
    for (const { repeat, decision, key_id, sealed } of rows) {
      const key = keys.get(key_id);
      if (!key) continue;
      const of = { run: run.controlRun, lane: 'control', repeat } as const;
      const { liveCalls } = openBody(tenant, of, decision, key_id, sealed, key);
      const list = pool.get(decision) ?? [];
      list.push({ repeat, calls: liveCalls });
      pool.set(decision, list);
    }
    return pool;
  }

  /**
   * Stores once per (run, lane, repeat, decision); the first result stays. All or nothing: a decision outside the cohort
   * refuses the call. Durable when it returns. The result of an erased decision is replaced by a row that says so.
   */
  async store(
    run: RunRow,
    repeat: number,
    results: readonly ReplayResult[],
  ): Promise<{ stored: number; duplicates: number }> {
    const of = { run: run.id, lane: run.lane, repeat };
    const { tenant, keyStore, randomBytes } = this.#deps;
    const keyIds = await this.#table.subjectKeys(
      run.cohort,
      results.map((result) => result.decision),
    );
    const keys = await keysOf(
      keyStore,
      [...keyIds.values()].filter((id) => id !== null),
    );
    const salts = randomBytes(SALT_BYTES * results.length);
    let ofTenant: SubjectKey | undefined;
    const rows = [];
    for (const [i, result] of results.entries()) {
      const keyId = keyIds.get(result.decision);
      if (keyId === undefined) throw notInCohort(run, result.decision, i);
      const key = keyId === null ? undefined : keys.get(keyId);
      const salt = salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);
      if (keyId !== null && key) rows.push(sealResult(tenant, of, result, { keyId, key }, salt));
      else {
        ofTenant ??= await tenantKey(keyStore, tenant);
        const { code, message } = result.refusal?.code.startsWith('replay.no_record')
          ? result.refusal
          : { code: 'replay.erased', message: 'the disclosures of this decision were erased' };
        rows.push(sealResult(tenant, of, unusableResult(result.decision, 'refused', code, message), ofTenant, salt));
      }
    }
    const answer = await this.#table.insert(of, rows);
    if (!answer) throw new AppError('replay.run_closed', 'the run takes no more results', { field: '/runId' });
    return { stored: answer.stored, duplicates: results.length - answer.stored };
  }

  /** Why the run has to end before it is complete, or null. Only a run with a budget is ever summed. */
  async stopReason(run: RunRow): Promise<string | null> {
    const { budget, cohort, lane } = run.manifest;
    if (!isLimited(budget)) return null;
    const stop = budgetStop(run.manifest, await this.#table.spent(run.id));
    if (stop === null) return null;
    const counts = await this.#table.counts(run.id);
    const rows = counts.reduce((sum, count) => sum + count.rows, 0);
    return rows < cohort.size * lane.repeats ? stop : null;
  }

  /** Pages of opened results by (repeat, decision), the order of resultsRoot within a lane. */
  async *load(run: Pick<RunRow, 'id' | 'lane'>): AsyncGenerator<readonly StoredResult[]> {
    let after = { repeat: -1, decision: '' };
    for (;;) {
      const rows = await this.#table.page({ run: run.id, lane: run.lane }, after, ROWS_AT_ONCE);
      const last = rows.at(-1);
      if (!last) return;
      after = { repeat: last.repeat, decision: last.decision };
      yield this.#opened(run, rows);
    }
  }

  /** Leaf hash of every row in the order of `load`, erased ones included: nothing is opened. */
  async hashes(run: Pick<RunRow, 'id' | 'lane'>): Promise<HashedRow[]> {
    const hashes: HashedRow[] = [];
    for (;;) {
      const after = hashes.at(-1) ?? { repeat: -1, decision: '' };
      const rows = await this.#table.hashes({ run: run.id, lane: run.lane }, after, ROWS_AT_ONCE);
      for (const { repeat, decision, row_hash: hash } of rows) hashes.push({ lane: run.lane, repeat, decision, hash });
      if (rows.length < ROWS_AT_ONCE) return hashes;
    }
  }

  /** Results of one decision by repeat; `row` is null where it was erased. */
  async ofDecision(run: Pick<RunRow, 'id' | 'lane'>, decision: string): Promise<StoredResult[]> {
    return this.#opened(run, await this.#table.ofDecision({ run: run.id, lane: run.lane }, decision));
  }

  async #opened(run: Pick<RunRow, 'id' | 'lane'>, rows: readonly StoredResultRow[]): Promise<StoredResult[]> {
    const keyIds = rows.map((row) => row.key_id);
    const keys = await keysOf(this.#deps.keyStore, keyIds);
    return rows.map((row) => openResult(this.#deps.tenant, run.id, run.lane, row, keys.get(row.key_id)));
  }

  counts(run: string): Promise<ResultCount[]> {
    return this.#table.counts(run);
  }

  /** How many re-runs have a result, and nothing more. */
  stored(run: string): Promise<number> {
    return this.#table.stored(run);
  }

  spent(run: string): Promise<Spent> {
    return this.#table.spent(run);
  }
}

function notInCohort(run: RunRow, decision: string, at: number): AppError {
  return new AppError('input.invalid', `${decision} is not in the cohort of ${run.id}`, { field: `/${at}/decision` });
}
