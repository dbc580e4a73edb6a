import type { Command } from 'commander';
import { openContext, withPlatform } from '../context.js';
import { replayCommand, withExamples } from '../parents.js';
import { runLines } from '../render/run.js';
import { asCalled } from '../called.js';

export function registerReplayShow(program: Command): void {
  const command = replayCommand(program)
    .command('show')
    .description('one run: status, lane, counts, yield, and why re-runs were refused; without RUN, the latest runs')
    .argument('[run]', 'run id (run_…), or `latest`')
    .action(async (id: string | undefined, _options: object, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const { getRun, loadRun } = await import('../views/loadGate.js');
      const runs = await withPlatform(context, async (open) => {
        const rows = id === undefined ? await open.stores.runs.list(LATEST) : [await getRun(open, id)];
        const views = [];
        for (const row of rows) views.push(await loadRun(open, row));
        return views;
      });
      const text = (): string[] =>
        runs.length === 0
          ? [asCalled('no runs yet; start one with: tenet demo')]
          : runs.flatMap((run, at) => [...(at > 0 ? [''] : []), ...runLines(run, output)]);
      output.result(id === undefined ? runs : runs[0], text, runs);
    });
  withExamples(command, 'tenet replay show', 'tenet replay show latest -o json');
}

const LATEST = 5;
