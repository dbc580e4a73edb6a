import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { openContext } from '../context.js';
import { interruptible } from '../interrupt.js';
import { GROUPS, withExamples } from '../parents.js';
import { createProgress } from '../progress.js';
import type { Stack } from '../../runtime/index.js';
import { asCalled } from '../called.js';

interface DevOptions {
  readonly serve?: readonly string[];
}

export function registerDev(program: Command): void {
  const command = program
    .command('dev')
    .description('start services and workers, print their addresses, run until Ctrl-C')
    .helpGroup(GROUPS.run)
    .option('--serve <file...>', 'agent modules to serve for replay')
    .action(async (options: DevOptions, self: Command) => {
      const { config, output } = await openContext(self);
      const { startStack } = await import('../../runtime/index.js');
      await interruptible(async (signal) => {
        const progress = createProgress('starting');
        const stack = await startStack(config, {
          signal,
          onProgress: ({ message }) => progress.say(message),
          onNotice: (line) => output.note(line),
        });
        try {
          const served = [];
          for (const file of options.serve ?? []) served.push(await stack.serveAgent(file));
          progress.end();
          const { services } = stack;
          const token = await enrolToken(stack);
          const view = {
            api: stack.apiUrl,
            database: services.databaseUrl.replace(/\/\/[^@]*@/, '//…@'),
            temporal: services.temporal.address,
            state: services.folder.dir,
            agents: served.map(({ agent, digest }) => ({ agent, digest })),
            pids: services.pids,
            enrolToken: token,
          };
          output.result(view, () => [
            `API        ${view.api}`,
            `Postgres   ${view.database}   ${services.postgres.why}`,
            `Temporal   ${view.temporal}   ${services.temporal.why}`,
            `state      ${view.state}   development set-up: every key is in it`,
            `agents     ${view.agents.map(({ agent }) => agent).join(', ') || asCalled('none: tenet dev --serve FILE')}`,
            `enrol      ${token}   one use, one hour: ghost.enrol({ endpoint, token, keyFile })`,
          ]);
          output.note('running; Ctrl-C stops everything');
          while (!signal.aborted) await sleep(1_000, undefined, { signal }).catch(() => undefined);
        } finally {
          await stack.stop();
        }
      });
    });
  withExamples(command, 'tenet dev', 'tenet dev --serve dist/examples/underwriting/underwriter-1.0.0.js');
}

async function enrolToken({ stores }: Pick<Stack, 'stores'>): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const { apiKey } = await stores.apiKeys.mint({ scopes: ['enrol'], label: 'tenet dev', singleUse: true, expiresAt });
  return apiKey;
}
