import type { Command } from 'commander';
import { AppError, EXIT } from '../../errors/index.js';
import type { ProducerFilter, ProducerReport, ProducerRow } from '../../producers/index.js';
import { asCalled } from '../called.js';
import { openContext, plainOutput, withPlatform, type OpenPlatform } from '../context.js';
import { atLeastOne } from '../numberOptions.js';
import { producerCommand, withExamples } from '../parents.js';
import { readText } from '../readFiles.js';
import { certificateLines, producerReportLines, producerTable } from '../render/producer.js';
import { shellWord } from '../shellWord.js';
import { writeWhole } from '../writeFile.js';

const MAX_POLICY_BYTES = 1024 * 1024;
const MAX_CERTIFICATE_BYTES = 256 * 1024 * 1024;

interface FilterOptions {
  readonly session?: string;
  readonly agent?: string;
  readonly limit: number;
  readonly all?: boolean;
}

interface ReportOptions extends FilterOptions {
  readonly strict?: boolean;
  readonly certificate?: string;
}

export function registerProducer(program: Command): void {
  registerList(program);
  registerReport(program);
  registerVerify(program);
}

const filtered = (command: Command, limit: number): Command =>
  command
    .option('--session <id>', 'only producers with a record of this session')
    .option('--agent <agent>', 'only producers with a record of this agent: name, or name@version')
    .option('--limit <n>', 'how many, newest first', atLeastOne, limit)
    .option('--all', 'also the platform’s own processes, which wrote no record of an agent');

function registerList(program: Command): void {
  const command = filtered(
    producerCommand(program).command('list').description('who wrote records: processes and their keys, newest first'),
    20,
  ).action(async (options: FilterOptions, self: Command) => {
    const context = await openContext(self);
    const rows = await withPlatform(context, ({ stores }) => stores.producers.list(filterOf(options, null)));
    context.output.result(rows, () => producerTable(rows), rows);
    if (rows.length > 0) context.output.note(asCalled(`next: tenet producer report ${rows[0]?.producer ?? ''}`));
  });
  withExamples(command, 'tenet producer list');
}

function registerReport(program: Command): void {
  const command = filtered(
    producerCommand(program)
      .command('report')
      .description('completeness: gaps, breaks, signed drops, sampling, and whether a producer ended cleanly')
      .argument('[id]', 'producer id (prd_…); without it, those that --session and --agent name'),
    100,
  )
    .option('--strict', 'exit 5 unless every one of them is COMPLETE')
    .option('--certificate <file>', 'write the report of one producer with every leaf, its proof and the checkpoint')
    .action(async (id: string | undefined, options: ReportOptions, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const reports = await withPlatform(context, (open) => reportAll(open, id, options));
      const value = reports.length === 1 && id !== undefined ? reports[0] : reports;
      output.result(value, () => producerReportLines(reports, output), reports);
      if (options.certificate !== undefined)
        output.note(asCalled(`next: tenet producer verify ${shellWord(options.certificate)} --policy auditor.policy`));
      if (reports.some(({ verdict }) => verdict === 'broken')) process.exitCode = EXIT.integrity;
      else if (options.strict === true && reports.some(({ verdict }) => verdict !== 'complete'))
        process.exitCode = EXIT.inconclusive;
    });
  withExamples(
    command,
    'tenet producer report --agent underwriter@1.0.0',
    'tenet producer report --session ses_2026_11 --strict',
    'tenet producer report prd_01KAV0T7MT --certificate producer.json',
  ).addHelpText('after', '\nExit: 0 reported · 5 with --strict, one is not COMPLETE · 6 a chain is broken');
}

interface VerifyOptions {
  readonly policy: string;
}

/** Needs the two files and nothing else. */
function registerVerify(program: Command): void {
  const command = producerCommand(program)
    .command('verify')
    .description('check a certificate offline: every proof and signature, the chain, and what it shows')
    .argument('<file>', 'certificate, a JSON file')
    .requiredOption('--policy <file>', 'log and root keys you got out of band')
    .action(async (file: string, options: VerifyOptions, self: Command) => {
      const output = plainOutput(self);
      const { parsePolicy } = await import('@tenet-ledger/record');
      const { jointVerifySync } = await import('../../ledger/index.js');
      const { verifyCertificate } = await import('../../producers/index.js');
      const policy = parsePolicy(await readText(options.policy, MAX_POLICY_BYTES, 'policy'));
      const verdict = verifyCertificate(
        parseJson(await readText(file, MAX_CERTIFICATE_BYTES, 'certificate')),
        policy,
        jointVerifySync,
      );
      output.result(verdict, () => certificateLines(verdict, output));
      process.exitCode = verdict.valid ? EXIT.ok : EXIT.integrity;
    });
  withExamples(command, 'tenet producer verify producer.json --policy auditor.policy').addHelpText(
    'after',
    '\nExit: 0 it holds (whatever it shows) · 6 it does not',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const filterOf = ({ session, agent, limit, all }: FilterOptions, producer: string | null): ProducerFilter => ({
  producer,
  session: session ?? null,
  agent: agent ?? null,
  limit,
  all: all === true,
});

async function reportAll(
  { platform, stores }: OpenPlatform,
  id: string | undefined,
  options: ReportOptions,
): Promise<ProducerReport[]> {
  const rows = await stores.producers.list(filterOf(options, id ?? null));
  if (rows.length === 0) throw noProducer(id);
  const { certify, reportProducer } = await import('../../producers/index.js');
  const deps = { store: stores.producers, ledger: platform.ledger, log: platform.log };
  const reports: ProducerReport[] = [];
  for (const row of rows) {
    const report = await reportProducer(deps, row);
    if (report !== null) reports.push(report);
  }
  const [first] = reports;
  if (options.certificate !== undefined && first !== undefined) {
    assertOne(rows);
    await writeWhole(options.certificate, `${JSON.stringify(await certify(deps, first), null, 1)}\n`);
  }
  return reports;
}

function assertOne(rows: readonly ProducerRow[]): void {
  if (rows.length === 1) return;
  throw new AppError('usage.invalid', `${rows.length} producers fit, a certificate is of one`, {
    field: '--certificate',
    fix: `name it: tenet producer report ${rows[0]?.producer ?? ''} --certificate FILE`,
  });
}

function noProducer(id: string | undefined): AppError {
  const message = id === undefined ? 'no producer fits' : `there is no producer ${id}`;
  return new AppError('not_found', message, {
    field: id === undefined ? '--session, --agent' : 'ID',
    ...(id !== undefined && { got: id }),
    fix: 'find one with: tenet producer list',
  });
}
