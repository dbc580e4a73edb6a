import type { Command } from 'commander';
import type { Alert } from '../../alerts/index.js';
import { openContext, withPlatform, type CommandContext, type OpenPlatform } from '../context.js';
import { atLeastOne } from '../numberOptions.js';
import { alertCommand, withExamples } from '../parents.js';
import { requirePerson } from '../person.js';
import { alertTable, deadTable } from '../render/alert.js';
import { alertView, deliveryView } from '../views/alert.js';

export function registerAlert(program: Command): void {
  registerList(program);
  registerAck(program);
  registerResolve(program);
}

interface ListOptions {
  readonly all?: boolean;
  readonly dead?: boolean;
  readonly limit: number;
}

function registerList(program: Command): void {
  const command = alertCommand(program)
    .command('list')
    .description('alerts that nobody has resolved, newest first, and how long each took to be taken')
    .option('--all', 'also those that are resolved')
    .option('--dead', 'deliveries that were given up instead: receivers that were never told')
    .option('--limit <n>', 'how many', atLeastOne, 50)
    .action(async ({ all, dead, limit }: ListOptions, self: Command) => {
      const context = await openContext(self);
      const { triageMs } = await import('../../alerts/index.js');
      if (dead === true) {
        const rows = await withPlatform(context, ({ stores }) =>
          stores.alerts.deliveries({ alert: null, dead: true, limit }),
        );
        const views = rows.map(deliveryView);
        return context.output.result(views, () => deadTable(views), views);
      }
      const rows = await withPlatform(context, ({ stores }) => stores.alerts.list({ all: all === true, limit }));
      const views = rows.map((alert) => alertView(alert, triageMs(alert)));
      context.output.result(views, () => alertTable(views), views);
    });
  withExamples(command, 'tenet alert list', 'tenet alert list --all', 'tenet alert list --dead');
}

interface ActOptions {
  readonly by?: string;
}

const BY = ['--by <name>', 'who you are, where no issuer is configured that could say so'] as const;

function registerAck(program: Command): void {
  const command = alertCommand(program)
    .command('ack')
    .description('take an alert: it is yours, and the time until now is its time to triage')
    .argument('<alert>', 'alert id (alr_…)')
    .option(...BY)
    .action(async (id: string, options: ActOptions, self: Command) => {
      const context = await openContext(self);
      const by = await whoActs(context, options.by);
      const { acknowledgedEntry, refusal } = await import('../../alerts/index.js');
      await act(context, async ({ stores, platform }) => {
        const known = await stores.alerts.get(id);
        const refused = refusal(known, id, 'acknowledge');
        // A command that was cut off between row and entry is made good by whoever comes next.
        if (known?.status === 'acknowledged') await platform.ledger.append([acknowledgedEntry(known)]);
        if (refused !== null) throw refused;
        const alert = await stores.alerts.acknowledge(id, by, by, new Date());
        if (alert === null) throw refusal(await stores.alerts.get(id), id, 'acknowledge') ?? new Error('it changed');
        await platform.ledger.append([acknowledgedEntry(alert)]);
        return alert;
      });
    });
  withExamples(command, 'tenet alert ack alr_01kav0t7mtx3f4h5j6k7m8n9p0');
}

interface ResolveOptions extends ActOptions {
  readonly disposition: string;
  readonly reason: string;
}

function registerResolve(program: Command): void {
  const command = alertCommand(program)
    .command('resolve')
    .description('close an alert with what became of it; the same trouble later opens another')
    .argument('<alert>', 'alert id (alr_…)')
    .requiredOption('--disposition <what>', 'confirmed, false-alarm, expected or fixed')
    .requiredOption('--reason <text>', 'why, for whoever asks later')
    .option(...BY)
    .action(async (id: string, { by: named, disposition, reason }: ResolveOptions, self: Command) => {
      const context = await openContext(self);
      const { dispositionOf, refusal, resolvedEntry } = await import('../../alerts/index.js');
      const end = { disposition: dispositionOf(disposition), reason, at: new Date() };
      const by = await whoActs(context, named);
      await act(context, async ({ stores, platform }) => {
        const known = await stores.alerts.get(id);
        const refused = refusal(known, id, 'resolve');
        if (known?.status === 'resolved') await platform.ledger.append([resolvedEntry(known)]);
        if (refused !== null) throw refused;
        const alert = await stores.alerts.resolve(id, { by, ...end });
        if (alert === null) throw refusal(await stores.alerts.get(id), id, 'resolve') ?? new Error('it changed');
        await platform.ledger.append([resolvedEntry(alert)]);
        return alert;
      });
    });
  withExamples(command, 'tenet alert resolve alr_01kav0t7mtx3f4h5j6k7m8n9p0 --disposition confirmed --reason RISK-12');
}

async function act(context: CommandContext, work: (open: OpenPlatform) => Promise<Alert>): Promise<void> {
  const { triageMs } = await import('../../alerts/index.js');
  const alert = await withPlatform(context, work, 'wait');
  const view = alertView(alert, triageMs(alert));
  context.output.result(view, () => alertTable([view]));
}

/** The person who is logged in. Without an issuer nobody can be told apart, and the entry says so. */
async function whoActs(context: CommandContext, named: string | undefined): Promise<string> {
  if (context.config.people.issuer !== undefined) {
    const { personRef } = await import('../../people/index.js');
    return personRef(await requirePerson(context, 'engineer'));
  }
  if (named !== undefined && named.trim() !== '') return `unverified#${named.trim().slice(0, 100)}`;
  const { AppError } = await import('../../errors/index.js');
  throw new AppError('auth.missing', 'nobody says who you are', {
    field: '--by',
    fix: 'configure people.issuer and run tenet login; without an issuer: --by NAME, which is recorded as unverified',
  });
}
