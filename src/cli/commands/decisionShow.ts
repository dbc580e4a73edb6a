import type { Command } from 'commander';
import { AppError } from '../../errors/index.js';
import type { LedgerService, Reading } from '../../ledger/index.js';
import { openContext, withPlatform, type OpenPlatform } from '../context.js';
import { decisionCommand, withExamples } from '../parents.js';
import { openReads, PURPOSE_OPTION, readerOf } from '../reading.js';
import { decisionLines } from '../render/decision.js';
import { decisionDetail, type DecisionDetail } from '../views/decision.js';
import { asCalled } from '../called.js';

export function registerDecisionShow(program: Command): void {
  const command = decisionCommand(program)
    .command('show')
    .description('one decision: outcome, reasons, alternatives, rules, lineage, tape, place in the log')
    .argument('<id>', 'decision id (dec_…), or `latest`')
    .option(...PURPOSE_OPTION)
    .action(async (id: string, { purpose }: { readonly purpose?: string }, self: Command) => {
      const context = await openContext(self);
      const { output } = context;
      const decision = await withPlatform(context, (open) =>
        loadDecision(open, id, readerOf('decision show', purpose)),
      );
      output.result(decision, () => decisionLines(decision, output));
      output.note(asCalled(`next: tenet decision export ${decision.id} --out bundle.json`));
    });
  withExamples(command, 'tenet decision show latest');
}

async function loadDecision(open: OpenPlatform, asked: string, reader: Reading): Promise<DecisionDetail> {
  const { ledger } = open.platform;
  const id = await latestOr(ledger, asked);
  const [entry] = await ledger.readEntries([id]);
  if (entry === undefined || entry.entry.kind !== 'decision') throw noDecision(id, entry?.entry.kind);
  const [view] = await (await openReads(open)).read([id], reader);
  if (view === undefined) throw noDecision(id);
  const linked = await ledger.readEntries(await ledger.linkedFrom(id));
  return decisionDetail(view, linked, await ledger.latestCheckpoint());
}

/** `latest` stands for the newest decision. */
export async function latestOr(ledger: LedgerService, id: string): Promise<string> {
  if (id !== 'latest') return id;
  const [newest] = (await ledger.listDecisions({ limit: 1 })).ids;
  if (newest !== undefined) return newest;
  throw new AppError('not_found', 'no decision is recorded yet', {
    field: 'ID',
    got: id,
    fix: 'record some: tenet demo',
  });
}

export function noDecision(id: string, kind?: string): AppError {
  const message =
    kind === undefined ? `there is no decision ${id}` : `${id} is an entry of kind ${kind}, not a decision`;
  return new AppError('not_found', message, { field: 'ID', got: id, fix: 'find one with: tenet decision list' });
}
