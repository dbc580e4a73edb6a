import type { Command } from 'commander';
import { openContext, withPlatform, type CommandContext } from '../context.js';
import { reportGate, reporterOption, type ReporterChoice } from '../gateReport.js';
import { gateCommand, withExamples } from '../parents.js';
import { table } from '../render/table.js';
import { clip } from '../render/width.js';
import { asCalled } from '../called.js';

const LATEST = 20;

export function registerGateShow(program: Command): void {
  const command = gateCommand(program)
    .command('show')
    .description(
      'a gate’s verdict: rules, flips, changed reasons; exits as the gate did. Without GATE, the latest gates',
    )
    .argument('[gate]', 'gate id (gate_…), or `latest`')
    .addOption(reporterOption())
    .action(
      async (id: string | undefined, options: { readonly reporter?: readonly ReporterChoice[] }, self: Command) => {
        const context = await openContext(self);
        if (id === undefined) return listGates(context);
        const { getGate, loadGate } = await import('../views/loadGate.js');
        const view = await withPlatform(context, async (open) => loadGate(open, await getGate(open, id)));
        await reportGate(view, context.output, options.reporter);
      },
    );
  withExamples(
    command,
    'tenet gate show',
    'tenet gate show latest',
    'tenet gate show latest --reporter text --reporter junit=gate.xml',
  ).addHelpText('after', '\nExit: 0 pass · 3 fail · 5 inconclusive · 8 pending');
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
