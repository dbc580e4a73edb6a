import type { EffectClass, Json } from '@tenet-ledger/record';
import type {
  ChainSink,
  ImportCounts,
  Importer,
  ImportFile,
  ImportFormat,
  ImportOptions,
  ImportProblem,
  ImportRow,
} from '../imports/index.js';
import type { ImportReport, ShownRow } from './views/import.js';
import { withPlatform, type CommandContext } from './context.js';
import { interruptible } from './interrupt.js';
import { openLocalSink, type OpenSink } from './openSink.js';
import { createProgress } from './progress.js';
import { readText } from './readFiles.js';
import { problemText } from './render/import.js';
import { percent } from './render/numbers.js';
import { shellWord } from './shellWord.js';

export interface ImportFlags {
  readonly agent?: string;
  readonly type?: string;
  readonly session?: string;
  readonly model?: string;
  readonly outcome?: string;
  readonly effects?: readonly string[];
  readonly mapping?: string;
  readonly requests?: string;
  readonly maxErrors: number;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
  /** Of a platform elsewhere; without it the import writes to the database of this machine. */
  readonly endpoint?: string;
  readonly apiKey?: string;
}

const MAX_MAPPING_BYTES = 1024 * 1024;
const MAX_ROWS = 20;
const MAX_PROBLEMS = 1000;

/** Reads the file and records what it holds, or says what it would record. Bad lines are told on stderr as they come. */
export async function importFile(
  context: CommandContext,
  format: ImportFormat,
  path: string,
  flags: ImportFlags,
): Promise<ImportReport> {
  const imports = await import('../imports/index.js');
  const file = await imports.openImportFile(path);
  const options = await optionsOf(flags);
  const importer = imports.createImporter(format, options);
  const job = new Job(context, { file, importer, flags });
  if (flags.dryRun === true) {
    return job.run(null, { tenant: context.config.tenant, tagKey: new Uint8Array(32), from: null });
  }
  const { occurredAt: _now, ...how } = options;
  const { endpoint = null } = flags;
  const where = endpoint === null ? [format, how] : [format, how, endpoint];
  const state = await imports.resumeState(context.config.stateDir, file, where);
  const from = flags.restart === true ? null : state.from;
  const record = async ({ sink, tenant, tagKey, signal }: OpenSink): Promise<ImportReport> => {
    const report = await job.run(sink, { tenant, tagKey, from, signal, save: (at) => state.save(at) });
    await sink.close(importer.session);
    if (report.ended === 'done') await state.clear();
    return report;
  };
  if (endpoint !== null) {
    const { openRemoteSink } = await import('./importRemote.js');
    const { stateDir } = context.config;
    const options = { endpoint, apiKey: flags.apiKey ?? process.env['TENET_API_KEY'] ?? null, name: importer.sdk };
    return interruptible(async (signal) => record(await openRemoteSink(stateDir, options, signal)));
  }
  return withPlatform(
    context,
    async (open) => {
      const report = await record(await openLocalSink(open, context.config.stateDir, importer.sdk));
      // Where no server runs, nobody else takes what is queued into the tree.
      while ((await open.platform.ledger.sequenceOnce()) > 0);
      return report;
    },
    'wait',
  );
}

async function optionsOf(flags: ImportFlags): Promise<ImportOptions> {
  const { agent, type, session, model, outcome, effects, mapping, requests } = flags;
  const { openImportFile, parseMapping } = await import('../imports/index.js');
  const at = agent?.lastIndexOf('@') ?? -1;
  const rules = effects?.map((rule) => rule.split('=') as [string, EffectClass]);
  return {
    occurredAt: new Date().toISOString(),
    ...(mapping !== undefined && {
      mapping: parseMapping(await readText(mapping, MAX_MAPPING_BYTES, 'mapping'), mapping),
    }),
    ...(requests !== undefined && { requests: await openImportFile(requests) }),
    ...(agent !== undefined && { agent: agent.slice(0, at), version: agent.slice(at + 1) }),
    ...(type !== undefined && { type }),
    ...(session !== undefined && { session }),
    ...(model !== undefined && { model }),
    ...(outcome !== undefined && { outcome }),
    ...(rules !== undefined && { effects: Object.fromEntries(rules) }),
  };
}

interface JobParts {
  readonly file: ImportFile;
  readonly importer: Importer;
  readonly flags: ImportFlags;
}

interface RunParts {
  readonly tenant: string;
  readonly tagKey: Uint8Array;
  readonly from: { readonly offset: number; readonly n: number } | null;
  readonly signal?: AbortSignal;
  readonly save?: (at: { readonly offset: number; readonly n: number }) => Promise<void>;
}

/** One import on the screen: rows and problems as they come, and what is left of them for the end. */
class Job {
  readonly #rows: ShownRow[] = [];
  readonly #problems: ImportProblem[] = [];
  readonly #context: CommandContext;
  readonly #parts: JobParts;

  constructor(context: CommandContext, parts: JobParts) {
    this.#context = context;
    this.#parts = parts;
  }

  async run(sink: ChainSink | null, { tenant, tagKey, from, signal, save }: RunParts): Promise<ImportReport> {
    const { runImport } = await import('../imports/index.js');
    const { file, importer, flags } = this.#parts;
    const progress = createProgress('importing');
    if (from !== null)
      this.#context.output.note(
        `going on behind line ${from.n}, where an earlier import ended (--restart begins anew)`,
      );
    const result = await runImport({
      items: importer.items(file, from),
      convert: (value) => importer.convert(value),
      context: { tenant, sdk: importer.sdk, tagKey },
      sink,
      maxErrors: flags.maxErrors,
      onRow: (row) => this.#row(row),
      onProblem: (problem) => this.#problem(problem),
      onProgress: ({ units }, { offset }) => {
        const share =
          file.compressed || file.size === 0 ? undefined : `${percent(Math.min(1, offset / file.size), 0)} of the file`;
        progress.update(units, null, share);
      },
      ...(signal !== undefined && { signal }),
      ...(save !== undefined && { onBatch: (at) => save(at) }),
    }).finally(() => progress.end());
    return {
      file: file.path,
      format: importer.format,
      dryRun: sink === null,
      ended: result.ended,
      counts: result.counts,
      readTo: result.at.n,
      resumedAt: from?.n ?? null,
      session: importer.session,
      producer: sink === null || sink.signed === 0 ? null : { id: sink.producer, kid: sink.kid, records: sink.signed },
      problems: this.#problems,
      rows: this.#rows,
      next: nextOf(sink, result.counts, this.#rows[0]?.agent),
    };
  }

  #row(row: ImportRow): void {
    const shown = shownRow(row);
    const { output } = this.#context;
    if (output.format === 'jsonl') {
      const full = this.#parts.flags.dryRun === true ? { ...shown, record: fieldsOf(row) } : shown;
      output.result(full, () => []);
    } else if (this.#rows.length < MAX_ROWS) this.#rows.push(shown);
  }

  #problem(problem: ImportProblem): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
    this.#context.output.note(problemText(this.#parts.file.path, problem));
  }
}

function nextOf(sink: ChainSink | null, counts: ImportCounts, agent: string | undefined): string[] {
  if (sink === null) return counts.recorded === 0 ? [] : ['the same command without --dry-run records them'];
  const list = agent === undefined ? [] : [`tenet decision list --agent ${shellWord(agent)}`];
  return sink.signed === 0 ? list : [...list, `tenet producer report ${sink.producer}`];
}

function shownRow({ place, status, entry }: ImportRow): ShownRow {
  const outcome = entry.fields.find(({ path }) => path === '/decision/outcome')?.value;
  return {
    line: place.n,
    id: entry.id,
    status,
    type: entry.type,
    agent: entry.agent ?? '',
    occurredAt: entry.occurredAt ?? '',
    outcome: typeof outcome === 'string' ? outcome : '',
    grade: entry.grade.grade,
    reasons: entry.grade.reasons,
  };
}

const fieldsOf = ({ entry }: ImportRow): Record<string, Json> =>
  Object.fromEntries(entry.fields.map(({ path, value }) => [path, value]));
