import type { EffectClass, Json } from '@tenet-ledger/record';
import { effectsBy } from './formats/mappedTape.js';
import { convertLangfuse } from './formats/langfuse.js';
import { convertMapped } from './formats/mapped.js';
import { convertOpenai } from './formats/openaiLog.js';
import { convertTauBench } from './formats/tauBench.js';
import type { Mapping } from './mapping/schema.js';
import { csvColumns, readCsv } from './sources/csv.js';
import { readJsonArray } from './sources/jsonArray.js';
import { readJsonFile } from './sources/jsonFile.js';
import { readJsonLines } from './sources/jsonLines.js';
import { START } from './sources/lines.js';
import { withRequests } from './sources/batchRequests.js';
import type { ImportFile } from './sources/openFile.js';
import type { Converted, RawItem, ReadFrom } from './types.js';

export const IMPORT_FORMATS = ['tau-bench', 'jsonl', 'csv', 'openai-jsonl', 'langfuse'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What the caller knows and the file does not say. */
export interface ImportOptions {
  readonly mapping?: Mapping;
  readonly agent?: string;
  readonly version?: string;
  readonly type?: string;
  readonly session?: string;
  readonly model?: string;
  readonly outcome?: string;
  readonly effects?: Readonly<Record<string, EffectClass>>;
  /** The input file of a batch, of which the output is imported. */
  readonly requests?: ImportFile;
  /** Stands for times that the file does not have. RFC 3339 UTC with milliseconds. */
  readonly occurredAt: string;
}

export interface Importer {
  readonly format: ImportFormat;
  /** What stands in provenance.sdk. */
  readonly sdk: string;
  /** Session of decisions for which the file names none. */
  readonly session: string;
  items(file: ImportFile, from: ReadFrom | null): AsyncIterable<RawItem>;
  convert(value: Json): Converted[];
}

export function createImporter(format: ImportFormat, options: ImportOptions): Importer {
  const session = options.session ?? `import/${format}`;
  return { format, sdk: `import/${format}`, session, ...PARTS[format]({ ...options, session }) };
}

type Known = ImportOptions & { readonly session: string };
type Parts = Pick<Importer, 'items' | 'convert'>;

const mappingOf = ({ mapping }: Known): Mapping => {
  if (mapping === undefined) throw new Error('this format needs a mapping');
  return mapping;
};

const PARTS: Readonly<Record<ImportFormat, (options: Known) => Parts>> = {
  'tau-bench': (options) => {
    const named = { agent: options.agent ?? 'tau-bench-agent', version: options.version ?? 'unversioned' };
    const all = { ...options, ...named, type: options.type ?? 'tau-bench.serve' };
    return {
      // Elements are passed over by number: an array has no place to begin in but its head.
      items: (file, from) => readJsonArray(file.read(), [], from ?? START),
      convert: (value) => convertTauBench(value, all),
    };
  },
  jsonl: (options) => {
    const mapping = mappingOf(options);
    return {
      items: (file, from) => readJsonLines(file.read(from?.offset), from ?? START),
      convert: (line) => convertMapped(line, { ...options, mapping, source: 'a JSONL log' }),
    };
  },
  csv: (options) => {
    const mapping = mappingOf(options);
    return {
      items: (file, from) => csvItems(file, from, mapping.csv ?? {}),
      convert: (line) => convertMapped(line, { ...options, mapping, source: 'a CSV file' }),
    };
  },
  'openai-jsonl': (options) => {
    const named = { agent: options.agent ?? 'openai-log', version: options.version ?? 'unversioned' };
    const all = {
      ...options,
      ...named,
      type: options.type ?? 'chat.completion',
      effectOf: effectsBy(options.effects ?? {}),
    };
    return {
      items: (file, from) => {
        const lines = readJsonLines(file.read(from?.offset), from ?? START);
        return options.requests === undefined ? lines : withRequests(lines, options.requests);
      },
      convert: (line) => convertOpenai(line, all),
    };
  },
  langfuse: (options) => {
    const all = { ...options, effectOf: effectsBy(options.effects ?? {}) };
    return {
      items: (file, from) => readJsonFile(file.read(), ['data', 'traces'], from ?? START),
      convert: (trace) => convertLangfuse(trace, all),
    };
  },
};

async function* csvItems(
  file: ImportFile,
  from: ReadFrom | null,
  options: NonNullable<Mapping['csv']>,
): AsyncGenerator<RawItem, void> {
  const { delimiter, columns, numbers, booleans } = options;
  const csv = {
    ...(delimiter !== undefined && { delimiter }),
    ...(columns !== undefined && { columns }),
    ...(numbers !== undefined && { numbers }),
    ...(booleans !== undefined && { booleans }),
  };
  if (from === null) return yield* readCsv(file.read(), csv);
  const names = columns ?? (await csvColumns(file.read(), delimiter));
  yield* readCsv(file.read(from.offset), csv, { from, columns: names });
}
