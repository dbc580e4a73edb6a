import { AppError } from '../src/errors/index.js';
import {
  findKeyPointer,
  isKeyOf,
  recordedRun,
  type CompareRequest,
  type KeyedDecision,
  type PairedSide,
  type RunComparison,
} from '../src/nightly/index.js';
import { valueAt } from '../src/replay/index.js';
import type { ActivityDeps } from './deps.js';
import { openDecisions } from './openDecisions.js';

/** Decisions of one run that a comparison takes. */
const MOST = 20_000;

export interface KeyedSides extends Pick<RunComparison, 'asOf' | 'agents' | 'types' | 'key' | 'unreadable'> {
  readonly run: readonly PairedSide[];
  readonly against: readonly PairedSide[];
}

type Typed = KeyedDecision & { readonly type: string };

/** Both runs, each decision with the key under which the other may know it. */
export async function keyedSides(deps: ActivityDeps, request: CompareRequest): Promise<KeyedSides> {
  const head = await deps.platform.ledger.latestCheckpoint();
  const [left, right] = [await readRun(deps, request, 'run'), await readRun(deps, request, 'against')];
  const all = [...left.decisions, ...right.decisions];
  const { tenant } = deps.platform;
  const pointer =
    request.key ?? findKeyPointer(tenant, all) ?? (all.every(({ subject }) => subject !== null) ? SUBJECT : null);
  if (pointer === null) throw noKey();
  const keyOf = (decision: Typed): string | null => {
    const value = pointer === SUBJECT ? decision.subject : valueAt(decision.fields, pointer);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const sideOf = (decisions: readonly Typed[]): PairedSide[] =>
    decisions.flatMap((decision) => {
      const [key, run] = [keyOf(decision), recordedRun(decision.fields)];
      if (key === null || run === null) return [];
      return [{ key: JSON.stringify([nameOf(decision), decision.type, key]), decision: decision.id, run }];
    });
  const [run, against] = [sideOf(left.decisions), sideOf(right.decisions)];
  const proved = pointer !== SUBJECT && all.every((decision) => isKeyOf(tenant, decision, keyOf(decision) ?? ''));
  return {
    run,
    against,
    asOf: { size: head?.size ?? 0, root: head === null ? null : Buffer.from(head.root).toString('base64') },
    agents: [...new Set(all.map(({ agent }) => agent))].sort(),
    types: [...new Set(all.map(({ type }) => type))].sort(),
    key: { pointer, proved },
    unreadable: left.total + right.total - run.length - against.length,
  };
}

const SUBJECT = 'subject';

/** Another version decides the same case: the pairing is by name. */
const nameOf = ({ agent }: Typed): string => agent.slice(0, agent.lastIndexOf('@'));

async function readRun(
  deps: ActivityDeps,
  request: CompareRequest,
  side: 'run' | 'against',
): Promise<{ readonly decisions: Typed[]; readonly total: number }> {
  const { agent, type } = request;
  const rows = await deps.stores.night.ofRun(request[side], { agent, type, limit: MOST + 1 });
  const field = side === 'run' ? '--run' : '--against';
  if (rows.length === 0) {
    throw new AppError('not_found', `no decision of run ${request[side]} is in the log`, {
      field,
      fix: 'find runs with: tenet decision list -o json',
    });
  }
  if (rows.length > MOST) {
    throw new AppError('input.too_large', `run ${request[side]} has more than ${MOST} decisions`, {
      field,
      fix: 'compare a part of it: --agent, --type',
    });
  }
  const fields = new Map(
    (
      await openDecisions(
        deps,
        rows.map(({ id }) => id),
      )
    ).map((opened) => [opened.id, opened.fields]),
  );
  const decisions = rows.flatMap((row) => {
    const own = fields.get(row.id);
    return own === undefined ? [] : [{ ...row, fields: own }];
  });
  return { decisions, total: rows.length };
}

const noKey = (): AppError =>
  new AppError('input.invalid', 'nothing in the records says which decisions are the same case', {
    field: '--key',
    expected: 'a pointer to a value that both runs give the same case, such as /context/inputs/id',
  });
