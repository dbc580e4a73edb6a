import { Command, CommanderError, Option } from 'commander';
import { EXIT, exitCodeOf } from '../errors/index.js';
import { commands } from './commands/index.js';
import { explain } from './explain.js';
import { OUTPUT_FORMATS } from './output.js';
import { GROUPS } from './parents.js';
import { writeLines } from './progress.js';
import { asCalled, calledAs, calledCommand, rememberCall } from './called.js';

export const VERSION = '0.1.0';

const HELP_TAIL = `
Exit codes: 0 ok · 1 error · 2 usage · 3 gate failed · 4 not authorised · 5 inconclusive · 6 integrity failure · 8 pending · 130 interrupted

Examples:
  $ tenet demo
  $ tenet decision list --limit 5
  $ tenet ledger verify bundle.json --policy auditor.policy`;

export function buildProgram(): Command {
  const program = new Command(calledCommand())
    .description('Why did the agent decide this, and would it decide the same way today.')
    .version(VERSION)
    .addOption(new Option('-o, --output <format>', 'how results are printed (default: text)').choices(OUTPUT_FORMATS))
    .option('--state-dir <dir>', 'folder that holds services, keys and locks (default: .tenet)')
    .option('--config <file>', 'configuration file (default: tenet.config.yaml, here or above)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .addHelpCommand(
      new Command('help').argument('[command]').description('help for a command').helpGroup(GROUPS.operate),
    )
    .addHelpText('after', asCalled(HELP_TAIL, { flags: '' }));
  for (const register of commands) register(program);
  return program;
}

/** Entry of the binary. Sets the exit code; never calls process.exit, so that pending writes are not cut. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has seen enough (`| head`).
    if (error.code !== 'EPIPE') throw error;
  });
  rememberCall(calledAs(argv));
  try {
    await buildProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  writeLines(process.stderr, explain(error));
  return exitCodeOf(error);
}
