import { leafHash, utf8, type TapeEntry } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { nodeSha256, open, seal, type SubjectKey } from '../ledger/index.js';
import { rowText, toResultRow } from '../replay/index.js';
import type { LaneName, ReplayResult, ReplayStatus, ResultRow } from '../replay/index.js';
import type { ResultsOf, SealedResult, StoredResultRow } from './results.js';

/** A stored result, opened. `row` is null once the key of the decision's subject is destroyed. */
export interface StoredResult {
  readonly lane: LaneName;
  readonly repeat: number;
  readonly decision: string;
  readonly status: ReplayStatus;
  /** RFC 6962 leaf hash of JCS(row). */
  readonly rowHash: Uint8Array;
  readonly row: ResultRow | null;
  readonly liveCalls: readonly TapeEntry[];
  readonly durMs: number;
}

/** Counts beyond the column's range stay at its end; the sealed row holds what was reported. */
const int4 = (count: number): number => Math.min(count, 2 ** 31 - 1);

export function sealResult(
  tenant: string,
  of: ResultsOf,
  result: ReplayResult,
  { keyId, key }: SubjectKey,
  salt: Uint8Array,
): SealedResult {
  const { durMs, liveCalls } = result;
  const text = rowText(toResultRow(result, of.run, of.lane, of.repeat, salt));
  const body = `{"row":${text},"liveCalls":${JSON.stringify(liveCalls)}}`;
  return {
    decision: result.decision,
    status: result.status,
    refusal: result.refusal?.code ?? null,
    calls: int4(result.calls.model),
    served: int4(result.calls.served),
    ran: int4(result.calls.run),
    refused: int4(result.calls.refused),
    liveCalls: liveCalls.length,
    cost: result.usage.cost,
    tokens: result.usage.promptTokens + result.usage.completionTokens,
    durMs,
    rowHash: leafHash(utf8(text), nodeSha256),
    keyId,
    sealed: seal(key, aadOf(tenant, of, result.decision, keyId), Buffer.from(body, 'utf8')),
  };
}

/** Opens one row and checks that its evidence hash is that of what it holds. */
export function openResult(
  tenant: string,
  run: string,
  lane: LaneName,
  stored: StoredResultRow,
  key?: Uint8Array,
): StoredResult {
  const { repeat, decision, key_id, sealed, row_hash: rowHash, dur_ms: durMs } = stored;
  const status = stored.status as ReplayStatus;
  const common = { lane, repeat, decision, status, rowHash, durMs };
  if (!key) return { ...common, row: null, liveCalls: [] };
  const { row, liveCalls } = openBody(tenant, { run, lane, repeat }, decision, key_id, sealed, key);
  if (!rowHash.equals(leafHash(utf8(rowText(row)), nodeSha256)) || row.status !== status) {
    throw new AppError('ledger.disclosure', `result of ${decision} in ${run} does not match its hash`, {
      fix: 'run `tenet ledger fsck`; restore the row from a back-up, never by hand',
    });
  }
  return { ...common, row, liveCalls };
}

export function openBody(
  tenant: string,
  of: ResultsOf,
  decision: string,
  keyId: string,
  sealed: Uint8Array,
  key: Uint8Array,
): { readonly row: ResultRow; readonly liveCalls: readonly TapeEntry[] } {
  const text = open(key, aadOf(tenant, of, decision, keyId), sealed).toString('utf8');
  return JSON.parse(text) as { row: ResultRow; liveCalls: TapeEntry[] };
}

const aadOf = (tenant: string, { run, lane, repeat }: ResultsOf, decision: string, keyId: string): string[] => [
  tenant,
  run,
  lane,
  String(repeat),
  decision,
  keyId,
];
