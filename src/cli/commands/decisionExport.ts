import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { AppError } from '../../errors/index.js';
import type { BundleRequest, StoredEntry } from '../../ledger/index.js';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { decisionCommand, withExamples } from '../parents.js';
import { readText } from '../readFiles.js';
import { openReads, PURPOSE_OPTION, readerOf } from '../reading.js';
import { exportLines, type Exported } from '../render/export.js';
import { writeWhole } from '../writeFile.js';
import { latestOr, noDecision } from './decisionShow.js';

const MAX_CHECKPOINT_BYTES = 1024 * 1024;

interface ExportOptions {
  readonly out?: string;
  readonly gate?: string;
  readonly withhold?: readonly string[];
  readonly since?: string;
  readonly purpose?: string;
}

export function registerDecisionExport(program: Command): void {
  const command = decisionCommand(program)
    .command('export')
    .description('take a decision out as an evidence bundle that verifies without us')
    .argument('<id>', 'decision id (dec_…), or `latest`; with --gate, `latest` is the one that changed most in it')
    .option('--out <file>', 'where to write the bundle; without it, it goes to stdout')
    .option('--gate <gate>', 'with this gate’s verdict, its manifests, and the result rows of this decision')
    .option(
      '--withhold <path...>',
      'fields whose values stay here, as JSON pointers (/reasoning/0 or a whole part: /reasoning)',
    )
    .option(...PURPOSE_OPTION)
    .option('--since <file>', 'a checkpoint the auditor kept: adds the proof that the log only grew since')
    .action(async (id: string, options: ExportOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const since =
        options.since === undefined ? undefined : await readText(options.since, MAX_CHECKPOINT_BYTES, 'checkpoint');
      if (options.out === undefined && output.isTerminal) {
        throw new AppError('usage.invalid', 'a bundle is a file, not something to read on a terminal', {
          field: '--out',
          fix: `tenet decision export ${id} --out bundle.json`,
        });
      }
      const { text, plan } = await withPlatform(context, async (open) => {
        const planned = await planExport(open, id, options, since);
        const reads = await openReads(open);
        const reader = readerOf('decision export', options.purpose);
        return { plan: planned, text: await reads.exportBundle(planned.request, reader) };
      });
      if (options.out === undefined) return output.raw(text);
      await writeWhole(options.out, text);
      const exported = summary(options, text, plan);
      output.result(exported, () => exportLines(exported, output));
    });
  withExamples(
    command,
    'tenet decision export latest --withhold /context/inputs --out bundle.json',
    'tenet decision export latest --gate latest --out bundle.json',
    'tenet ledger status --checkpoint > kept.checkpoint    # the auditor, once',
    'tenet decision export latest --since kept.checkpoint --out bundle.json',
  );
}

export interface ExportPlan {
  readonly request: BundleRequest;
  /** Every field of the entry. */
  readonly fields: readonly string[];
  readonly rows: number;
}

export async function planExport(
  open: OpenPlatform,
  asked: string,
  options: ExportOptions,
  since: string | undefined,
): Promise<ExportPlan> {
  const id = await chosen(open, asked, options.gate);
  const [entry] = await open.platform.ledger.readEntries([id]);
  if (entry === undefined || entry.entry.kind !== 'decision') throw noDecision(id, entry?.entry.kind);
  const gate = options.gate === undefined ? undefined : await withGate(open, id, options.gate);
  const request: BundleRequest = {
    entryId: id,
    ...(options.withhold === undefined ? {} : { disclose: await withheldFrom(entry, options.withhold) }),
    ...(since === undefined ? {} : { consistencyFrom: [await sizeSince(open, since)] }),
    ...gate,
  };
  return { request, fields: Object.keys(entry.entry.fields), rows: gate?.rows.carried.length ?? 0 };
}

/** What stays disclosed. A path withholds its field and everything below it. */
async function withheldFrom({ entry }: StoredEntry, withhold: readonly string[]): Promise<string[]> {
  const paths = Object.keys(entry.fields);
  for (const path of withhold) {
    if (paths.some((field) => covers(path, field))) continue;
    const { didYouMean } = await import('../../config/index.js');
    const near = didYouMean(path, paths);
    throw new AppError('usage.invalid', `the decision has no field ${path}`, {
      field: '--withhold',
      expected: `one of ${paths.slice(0, 12).join(' ')}${paths.length > 12 ? ' …' : ''}`,
      got: path,
      fix: near === undefined ? `tenet decision show ${entry.id}` : `did you mean ${near}?`,
    });
  }
  return paths.filter((field) => !withhold.some((path) => covers(path, field)));
}

const covers = (path: string, field: string): boolean =>
  field === path || field.startsWith(`${path.replace(/\/$/, '')}/`);

async function sizeSince({ platform }: OpenPlatform, note: string): Promise<number> {
  const { parseCheckpoint, splitNote } = await import('@tenet-ledger/record');
  const refuse = (message: string, more: object, cause?: unknown): never => {
    throw new AppError('input.invalid', message, { field: '--since', ...more }, { cause });
  };
  try {
    const kept = parseCheckpoint(splitNote(note).text);
    if (kept.origin !== platform.origin)
      refuse('the checkpoint is of another log', {
        expected: platform.origin,
        got: kept.origin,
        fix: 'name a checkpoint of this log',
      });
    const head = await platform.ledger.latestCheckpoint();
    if (kept.size < 1 || kept.size > (head?.size ?? 0))
      refuse('the log has no such size', {
        expected: `1 to ${head?.size ?? 0}`,
        got: String(kept.size),
        fix: 'if the checkpoint is genuine, the log was cut: tenet ledger fsck',
      });
    return kept.size;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    return refuse(
      'the file is not a checkpoint',
      { fix: 'save one with: tenet ledger status --checkpoint > kept.checkpoint' },
      cause,
    );
  }
}

async function chosen(open: OpenPlatform, asked: string, gateId: string | undefined): Promise<string> {
  if (asked !== 'latest' || gateId === undefined) return latestOr(open.platform.ledger, asked);
  const { getGate, mostChanged } = await import('../views/loadGate.js');
  return mostChanged(open, await getGate(open, gateId));
}

type GateParts = Required<Pick<BundleRequest, 'related' | 'rows'>>;

async function withGate(open: OpenPlatform, decision: string, gateId: string): Promise<GateParts> {
  const { getGate, loadRowEvidence, runsOf } = await import('../views/loadGate.js');
  const gate = await getGate(open, gateId);
  const refuse = (message: string, fix: string): never => {
    throw new AppError('input.invalid', message, { field: '--gate', got: gateId, fix });
  };
  const verdict = gate.verdictEntry ?? refuse(`gate ${gateId} has no signed verdict yet`, `tenet gate show ${gateId}`);
  const runs = await runsOf(open, gate);
  const { own, ...rows } = await loadRowEvidence(open, runs, decision);
  if (own === 0) refuse(`${decision} has no result row in gate ${gateId}`, `tenet replay diff ${gateId}`);
  const entries = [verdict, gate.driftEntry, ...runs.map((run) => run.entryId)];
  return {
    related: [...new Set(entries.filter((id) => id !== null))],
    rows: { verdictId: verdict, ...rows },
  };
}

function summary(options: ExportOptions, text: string, { request, fields, rows }: ExportPlan): Exported {
  const { disclose } = request;
  const wanted = disclose === undefined || disclose === 'all' ? fields : disclose;
  const { entry } = JSON.parse(text) as { entry: { disclosures: readonly string[] } };
  return {
    decision: request.entryId,
    file: options.out ?? '',
    bytes: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    // Of an erased decision there is nothing left to disclose.
    disclosed: entry.disclosures.length,
    withheld: fields.filter((field) => !wanted.includes(field)),
    related: request.related ?? [],
    rows,
    consistencyFrom: request.consistencyFrom ?? [],
    since: options.since ?? null,
  };
}
