import { InvalidArgumentError, type Command } from 'commander';
import { openContext, withPlatform, type CommandContext } from '../context.js';
import { reportGate, reporterOption, type ReporterChoice } from '../gateReport.js';
import { interruptible } from '../interrupt.js';
import { gateCommand, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import { table } from '../render/table.js';
import { clip } from '../render/width.js';
import type { GateView } from '../views/gate.js';
import { asCalled } from '../called.js';

const LATEST = 20;

interface GateShowOptions {
  readonly wait?: number | true;
  readonly reporter?: readonly ReporterChoice[];
}

export function registerGateShow(program: Command): void {
  const command = gateCommand(program)
    .command('show')
    .description(
      'a gate’s verdict: rules, flips, changed reasons; exits as the gate did. Without GATE, the latest gates',
    )
    .argument('[gate]', 'gate id (gate_…), or `latest`')
    .option('--wait [seconds]', 'wait for the verdict, so long at most', atMost)
    .addOption(reporterOption())
    .action(async (id: string | undefined, options: GateShowOptions, self: Command) => {
      const context = await openContext(self);
      if (id === undefined) return listGates(context);
      const view = options.wait === undefined ? await shown(context, id) : await awaited(context, id, options.wait);
      await reportGate(view, context.output, { reporters: options.reporter ?? [] });
    });
  withExamples(
    command,
    'tenet gate show',
    'tenet gate show latest',
    'tenet gate show latest --wait 600',
    'tenet gate show latest --reporter text --reporter junit=gate.xml',
  ).addHelpText('after', '\nExit: 0 pass · 3 fail · 5 inconclusive · 8 pending');
}

function atMost(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('expected a number of seconds.');
  return Number(text);
}

async function shown(context: CommandContext, id: string): Promise<GateView> {
  const { getGate, loadGate } = await import('../views/loadGate.js');
  return withPlatform(context, async (open) => loadGate(open, await getGate(open, id)));
}

/** Waits on a platform that runs elsewhere; one that is not there is told at once. Out of time, the gate is shown as it stands. */
async function awaited({ config }: CommandContext, id: string, wait: number | true): Promise<GateView> {
  const { getGate, loadGate } = await import('../views/loadGate.js');
  const { assertWorked, awaitGate, openConnection } = await import('../../runtime/index.js');
  const progress = createProgress('gate');
  return interruptible(async (signal) => {
    const connection = await openConnection(config, { signal, onProgress: ({ message }) => progress.say(message) });
    try {
      const { platform, stores, temporal } = connection;
      const open = { platform, stores, signal };
      const gate = await getGate(open, id);
      if (gate.status !== 'pending') return await loadGate(open, gate);
      await assertWorked(temporal);
      await within(wait, signal, (until) => awaitGate({ stores, temporal }, gate.id, progress, until));
      progress.end();
      return await loadGate(open, await getGate(open, gate.id));
    } finally {
      progress.end();
      await connection.stop();
    }
  });
}

/** Out of time is no failure: whoever waited is told how it stands. */
async function within(
  wait: number | true,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  const timer = wait === true ? undefined : setTimeout(() => over.abort(), wait * 1_000);
  try {
    await work(AbortSignal.any([signal, over.signal]));
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function listGates(context: CommandContext): Promise<void> {
  const gates = await withPlatform(context, ({ stores }) => stores.gates.list(LATEST));
  const rows = gates.map(({ id, status, baseline, candidate, createdAt, attempt }) => ({
    id,
    status,
    baseline,
    candidate,
    attempt,
    createdAt: createdAt.toISOString(),
  }));
  const columns = ['GATE', 'STATUS', 'BASELINE', 'CANDIDATE', 'STARTED'].map((title) => ({ title }));
  const cells = rows.map((row) => [
    clip(row.id, 80),
    row.status,
    clip(row.baseline, 60),
    clip(row.candidate, 60),
    row.createdAt,
  ]);
  const text = (): string[] =>
    rows.length === 0 ? [asCalled('no gates yet; run one with: tenet demo')] : table(columns, cells);
  context.output.result(rows, text, rows);
}
