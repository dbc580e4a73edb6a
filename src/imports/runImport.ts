import { entryOf, type EntryContext, type ImportEntry } from './entryOf.js';
import { ItemError } from './itemError.js';
import type { Converted, Grade, ImportProblem, Place, RawItem, ReadFrom } from './types.js';
import type { Json } from '@tenet-ledger/record';

/** Where decisions go. One producer, one chain. */
export interface ImportSink {
  /** Of these ids, those that the ledger has. */
  present(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Durable on return. */
  record(entries: readonly ImportEntry[]): Promise<Recorded>;
}

export interface Recorded {
  /** A problem for each entry that was refused, by id. */
  readonly refused: ReadonlyMap<string, Omit<ImportProblem, 'place'>>;
  /** Ids that the ledger turned out to have. */
  readonly duplicates: ReadonlySet<string>;
}

const NOTHING: Recorded = { refused: new Map(), duplicates: new Set() };

/** What became of one decision. `repeated`: an earlier unit of this file names the same case. */
export interface ImportRow {
  readonly place: Place;
  readonly status: 'recorded' | 'would record' | 'duplicate' | 'repeated';
  readonly entry: ImportEntry;
}

export interface ImportRun {
  readonly items: AsyncIterable<RawItem>;
  readonly convert: (value: Json) => readonly Converted[];
  readonly context: EntryContext;
  /** null: a dry run. */
  readonly sink: ImportSink | null;
  /** More bad units than this end the import. */
  readonly maxErrors: number;
  /** @default 500 */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onRow?: (row: ImportRow) => void;
  readonly onProblem?: (problem: ImportProblem) => void;
  readonly onProgress?: (counts: ImportCounts, at: ReadFrom) => void;
  /** Everything up to here is dealt with. */
  readonly onBatch?: (at: ReadFrom, counts: ImportCounts) => Promise<void>;
}

export interface ImportCounts {
  readonly units: number;
  readonly recorded: number;
  readonly duplicates: number;
  readonly repeated: number;
  readonly skipped: number;
  readonly bad: number;
  /** Of what was, or would be, recorded. */
  readonly grades: Readonly<Partial<Record<Grade, number>>>;
  readonly reasons: readonly { readonly grade: Grade; readonly reason: string; readonly count: number }[];
}

export interface ImportResult {
  readonly counts: ImportCounts;
  readonly at: ReadFrom;
  /** `errors`: more bad units than allowed; `stopped`: by the signal. */
  readonly ended: 'done' | 'errors' | 'stopped';
}

const BATCH = 500;
/** Beyond it, a case named twice in one file is only seen as one that the ledger has. */
const MAX_REMEMBERED = 500_000;
const MAX_REASONS = 200;

interface Waiting {
  readonly place: Place;
  readonly entry: ImportEntry;
}

/** Reads, converts and records in batches. What was recorded before a stop stays; the same units again are duplicates. */
export async function runImport(run: ImportRun): Promise<ImportResult> {
  const tally = new Tally();
  const seen = new Set<string>();
  let waiting: Waiting[] = [];
  let at: ReadFrom = { offset: 0, n: 0 };
  const bad = (place: Place, problem: Omit<ImportProblem, 'place'>): void => {
    tally.bad += 1;
    run.onProblem?.({ place, ...problem });
  };
  const settle = async (): Promise<void> => {
    await settleBatch(run, waiting, tally, bad);
    waiting = [];
    await run.onBatch?.(at, tally.counts());
  };
  for await (const item of run.items) {
    if (run.signal?.aborted === true) break;
    tally.units += 1;
    for (const entry of readItem(run, item, tally, bad)) {
      if (seen.has(entry.id)) {
        tally.repeated += 1;
        run.onRow?.({ place: item.place, status: 'repeated', entry });
      } else {
        if (seen.size < MAX_REMEMBERED) seen.add(entry.id);
        waiting.push({ place: item.place, entry });
      }
    }
    at = { offset: item.end, n: item.place.n };
    if (tally.bad > run.maxErrors) break;
    if (waiting.length >= (run.batch ?? BATCH)) await settle();
    run.onProgress?.(tally.counts(), at);
  }
  await settle();
  const ended = tally.bad > run.maxErrors ? 'errors' : run.signal?.aborted === true ? 'stopped' : 'done';
  return { counts: tally.counts(), at, ended };
}

function readItem(
  run: ImportRun,
  item: RawItem,
  tally: Tally,
  bad: (place: Place, problem: Omit<ImportProblem, 'place'>) => void,
): ImportEntry[] {
  if ('problem' in item) {
    bad(item.place, item.problem);
    return [];
  }
  try {
    return run.convert(item.value).flatMap((converted) => {
      if ('decision' in converted) return entryOf(converted.decision, run.context);
      if ('skipped' in converted) tally.skipped += 1;
      else bad(item.place, converted.problem);
      return [];
    });
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    bad(item.place, error.problem);
    return [];
  }
}

async function settleBatch(
  { sink, onRow }: ImportRun,
  waiting: readonly Waiting[],
  tally: Tally,
  bad: (place: Place, problem: Omit<ImportProblem, 'place'>) => void,
): Promise<void> {
  if (waiting.length === 0) return;
  const present = sink === null ? new Set<string>() : await sink.present(waiting.map(({ entry }) => entry.id));
  const due = waiting.filter(({ entry }) => !present.has(entry.id));
  const { refused, duplicates } =
    sink === null || due.length === 0 ? NOTHING : await sink.record(due.map(({ entry }) => entry));
  for (const { place, entry } of waiting) {
    const problem = refused.get(entry.id);
    if (present.has(entry.id) || duplicates.has(entry.id)) {
      tally.duplicates += 1;
      onRow?.({ place, status: 'duplicate', entry });
    } else if (problem !== undefined) bad(place, problem);
    else {
      tally.recorded += 1;
      tally.grade(entry.grade);
      onRow?.({ place, status: sink === null ? 'would record' : 'recorded', entry });
    }
  }
}

class Tally {
  units = 0;
  recorded = 0;
  duplicates = 0;
  repeated = 0;
  skipped = 0;
  bad = 0;
  readonly #grades: Partial<Record<Grade, number>> = {};
  readonly #reasons = new Map<string, { readonly grade: Grade; readonly reason: string; count: number }>();

  grade({ grade, reasons }: ImportEntry['grade']): void {
    this.#grades[grade] = (this.#grades[grade] ?? 0) + 1;
    for (const reason of reasons) {
      const key = `${grade} ${reason}`;
      const known = this.#reasons.get(key);
      if (known !== undefined) known.count += 1;
      else if (this.#reasons.size < MAX_REASONS) this.#reasons.set(key, { grade, reason, count: 1 });
    }
  }

  counts(): ImportCounts {
    const { units, recorded, duplicates, repeated, skipped, bad } = this;
    const reasons = [...this.#reasons.values()].sort((a, b) =>
      a.grade < b.grade ? -1 : a.grade > b.grade ? 1 : b.count - a.count,
    );
    return { units, recorded, duplicates, repeated, skipped, bad, grades: { ...this.#grades }, reasons };
  }
}
