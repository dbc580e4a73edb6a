import { RecordError, toBase64, type Entry, type Submission } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import type { Producer, Draft } from './producer.js';
import type { Reader } from './reader.js';
import type { AppendedEntry, IngestAuth, ItemResult, NewEntry } from './service.js';
import type { LedgerStore } from './store.js';

export interface AppendDeps {
  readonly store: Pick<LedgerStore, 'readIds' | 'latestCheckpoint'>;
  readonly reader: Reader;
  readonly producer: Producer;
  readonly kid: string;
  readonly newId: () => string;
  readonly ingest: (items: Iterable<Submission>, auth: IngestAuth) => Promise<ItemResult[]>;
}

const ID_PREFIX: Partial<Record<NewEntry['kind'], string>> = { decision: 'dec_', run: 'run_' };

/** The platform as producer. Calls queue up: seq and prev follow the order of the calls. */
export function createAppend(deps: AppendDeps): (entries: readonly NewEntry[]) => Promise<AppendedEntry[]> {
  let last: Promise<unknown> = Promise.resolve();
  return (entries) => {
    const turn = last.then(() => append(deps, entries));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function append(deps: AppendDeps, entries: readonly NewEntry[]): Promise<AppendedEntry[]> {
  const drafts = entries.map((entry) => ({
    ...entry,
    id: entry.id ?? `${ID_PREFIX[entry.kind] ?? 'ent_'}${deps.newId()}`,
  }));
  const given = entries.flatMap(({ id }) => id ?? []);
  const known = new Set(given.length > 0 ? (await deps.store.readIds(given)).map(({ id }) => id) : []);
  const fresh = await signFresh(deps, drafts, known);
  const stored = await storedSubmissions(deps.reader, [...known]);
  return drafts.map(({ id }) => {
    const submission = fresh.get(id) ?? stored.get(id);
    if (!submission) throw new Error(`entry ${id} was neither stored nor known`);
    return { id, submission };
  });
}

/** Signs what is not in the ledger yet and stores it. Whatever goes wrong, the chain is not continued from here. */
async function signFresh(
  deps: AppendDeps,
  drafts: readonly Draft[],
  known: Set<string>,
): Promise<Map<string, Submission>> {
  const fresh = new Map<string, Submission>();
  const after = await citation(deps);
  try {
    for (const draft of drafts) {
      if (!known.has(draft.id) && !fresh.has(draft.id)) fresh.set(draft.id, deps.producer.sign(draft, after));
    }
    if (fresh.size === 0) return fresh;
    for (const result of await deps.ingest([...fresh.values()], { kids: [deps.kid] })) {
      if (result.status === 'accepted') continue;
      // Another process stored the same id meanwhile: theirs counts, ours is kept as a duplicate and the chain goes on over it.
      if (result.status !== 'duplicate') throw refused(result);
      fresh.delete(result.id);
      known.add(result.id);
    }
    return fresh;
  } catch (error) {
    deps.producer.renew();
    if (error instanceof RecordError)
      throw new AppError(
        'record.invalid',
        error.message,
        { ...error.details, field: error.details.at ?? '' },
        { cause: error },
      );
    throw error;
  }
}

async function citation({ store }: AppendDeps): Promise<Entry['after'] | undefined> {
  const checkpoint = await store.latestCheckpoint();
  return checkpoint && checkpoint.size > 0 ? { size: checkpoint.size, root: toBase64(checkpoint.root) } : undefined;
}

export function refused({ id, code, message, field }: ItemResult): AppError {
  return new AppError(code ?? 'internal', `entry ${id} was refused: ${message ?? 'no reason given'}`, {
    ...(field === undefined ? {} : { field }),
  });
}

async function storedSubmissions(reader: Reader, ids: readonly string[]): Promise<Map<string, Submission>> {
  if (ids.length === 0) return new Map();
  const [entries, opened] = [await reader.readEntries(ids), await reader.openDisclosures(ids)];
  return new Map(entries.map(({ id, leaf }) => [id, { leaf, disclosures: opened.get(id)?.disclosures ?? [] }]));
}
