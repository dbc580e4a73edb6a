import { exitCodeOf, isAppError } from '../src/errors/index.js';
import { exitWithParent } from '../src/services/index.js';
import { describeAgent } from './agent/describeAgent.js';
import { readWorkerArgs, USAGE, type AgentArgs } from './agent/workerArgs.js';

/** One line of JSON on stdout, also when the module is none: whoever asked gets our code and details back. */
async function describe(args: AgentArgs): Promise<void> {
  const unwatch = exitWithParent();
  try {
    process.stdout.write(`${JSON.stringify(await describeAgent(args))}\n`);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { code, message, details } = error;
    process.stdout.write(`${JSON.stringify({ error: { code, message, details } })}\n`);
    process.exitCode = exitCodeOf(error);
  } finally {
    unwatch();
  }
}

try {
  const asked = readWorkerArgs(process.argv.slice(2), process.env);
  if (asked.what === 'help') process.stdout.write(USAGE);
  else if (asked.what === 'describe') await describe(asked.args);
  else {
    // Temporal's native half is of no use to whoever only asks what a module is.
    const { serveAgent } = await import('./agent/serveAgent.js');
    await serveAgent(asked.args);
  }
} catch (error) {
  const told = isAppError(error)
    ? `${error.message}${error.details.fix === undefined ? '' : `\n  fix: ${error.details.fix}`}`
    : String(error);
  process.stderr.write(`agent worker: ${told}\n`);
  process.exitCode = exitCodeOf(error);
}
