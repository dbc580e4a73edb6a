import { InvalidArgumentError, type Command } from 'commander';
import { EXIT } from '../../errors/index.js';
import type { ImportFormat } from '../../imports/index.js';
import { asCalled } from '../called.js';
import { openContext } from '../context.js';
import { importFile, type ImportFlags } from '../importFile.js';
import { whole } from '../numberOptions.js';
import { importCommand, withExamples } from '../parents.js';
import { importLines } from '../render/import.js';

interface FormatCommand {
  readonly format: ImportFormat;
  readonly file: string;
  readonly summary: string;
  readonly options: (command: Command) => Command;
  readonly examples: readonly string[];
}

const named = (command: Command, names: string): Command =>
  command.option('--agent <name@version>', `who decided${names}`, agentOf).option('--type <type>', 'decision type');

const answered = (command: Command): Command =>
  command
    .option('--outcome <pointer>', 'where the outcome stands in an answer that is JSON, such as /decision', pointerOf)
    .option('--effects <rule...>', 'effect classes of tools by name, such as get_*=read book_*=write', effectOf);

const mapped = (command: Command): Command =>
  command.requiredOption('--mapping <file>', 'what of a line becomes what of a decision, YAML');

const FORMATS: readonly FormatCommand[] = [
  {
    format: 'tau-bench',
    file: 'trajectories, one JSON array',
    summary: 'agent trajectories of tau-bench: each run a decision with its tool calls, trials told apart',
    options: (command) =>
      named(command, ' (default: tau-bench-agent@unversioned)').option(
        '--model <name>',
        'the model: the file names none',
      ),
    examples: ['tenet import tau-bench gpt-4o-airline.json --agent airline@1.0.0 --model gpt-4o --dry-run'],
  },
  {
    format: 'jsonl',
    file: 'log, one JSON object a line; .gz too',
    summary: 'a home-made log, one JSON object a line, by a mapping file',
    options: mapped,
    examples: ['tenet import jsonl decisions.jsonl --mapping map.yaml --dry-run'],
  },
  {
    format: 'csv',
    file: 'table with a header; .gz too',
    summary: 'a table, one decision a row, by a mapping file',
    options: mapped,
    examples: ['tenet import csv decisions.csv --mapping map.yaml --dry-run'],
  },
  {
    format: 'openai-jsonl',
    file: 'log, one exchange a line; .gz too',
    summary: 'chat completion logs: request and response pairs, batch output, chats',
    options: (command) =>
      answered(named(command, ' (default: openai-log@unversioned)')).option(
        '--requests <file>',
        'the batch’s input file: its requests are joined to the answers by custom_id',
      ),
    examples: [
      'tenet import openai-jsonl chats.jsonl --agent triage@2.1.0 --outcome /decision',
      'tenet import openai-jsonl batch_output.jsonl --requests batch_input.jsonl --agent triage@2.1.0',
    ],
  },
  {
    format: 'langfuse',
    file: 'export, JSON or JSONL; .gz too',
    summary: 'traces of a Langfuse export with their observations',
    options: (command) => answered(named(command, ' (default: the trace’s name and version)')),
    examples: ['tenet import langfuse traces.jsonl --outcome /status --effects search=read'],
  },
];

const EXITS =
  '\nExit: 0 every line was taken · 1 some were not (each is named) or too many were bad · 2 the mapping is not valid';

export function registerImport(program: Command): void {
  const parent = importCommand(program);
  for (const { format, file, summary, options, examples } of FORMATS) {
    const command = options(parent.command(format).description(summary).argument('<file>', file))
      .option('--session <id>', 'session of decisions for which the file names none')
      .option('--max-errors <n>', 'stop when more lines than this are bad', whole, 100)
      .option('--endpoint <url>', 'record at this platform over HTTP, not in the database of this machine', urlOf)
      .option(
        '--api-key <key>',
        'for --endpoint: an enrolment token the first time, later not needed (or TENET_API_KEY)',
      )
      .option('--dry-run', 'print what would be recorded, with grades; nothing is sent')
      .option('--restart', 'from the beginning, though an earlier import of the file ended early')
      .action(async (path: string, flags: ImportFlags, self: Command) => {
        const context = await openContext(self);
        const report = await importFile(context, format, path, flags);
        const { output } = context;
        if (output.format !== 'jsonl') output.result(report, () => importLines(report, output));
        if (report.counts.bad > 0) process.exitCode = EXIT.error;
        if (report.ended === 'errors') output.note(`stopped: more than ${flags.maxErrors} bad lines (--max-errors)`);
        if (report.ended === 'stopped') {
          process.exitCode = EXIT.interrupted;
          output.note(`stopped behind ${report.readTo}; the same command goes on there`);
        }
        for (const next of report.next) output.note(asCalled(`next: ${next}`));
      });
    withExamples(command, ...examples).addHelpText('after', EXITS);
  }
}

function agentOf(text: string): string {
  if (/^[^@\s]{1,100}@[^@\s]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('expected name@version, such as triage@2.1.0.');
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('expected a URL such as https://ledger.example.com.');
}

function pointerOf(text: string): string {
  if (/^(\/([^~/]|~[01])*)+$/.test(text)) return text;
  throw new InvalidArgumentError('expected a JSON pointer such as /decision.');
}

function effectOf(text: string, before: readonly string[] = []): string[] {
  if (/^[^=]+=(pure|read|write|irreversible)$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('expected PATTERN=CLASS, CLASS one of pure, read, write, irreversible.');
}
