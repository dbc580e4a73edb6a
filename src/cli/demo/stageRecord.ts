import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decisionId } from '@tenet-ledger/record';
import { ghost, type GhostProblem, type Identity } from '@tenet-ledger/ghost';
import { AppError } from '../../errors/index.js';
import type { Stack } from '../../runtime/index.js';
import { unlessAborted } from '../interrupt.js';
import { createProgress } from '../progress.js';
import { count } from '../render/numbers.js';
import { shownPath } from '../shellWord.js';
import { writeWhole } from '../writeFile.js';
import { decideAll, type DecideOptions } from './decideAll.js';
import { judgeDelivery } from './delivered.js';
import type { DemoState } from './demoState.js';
import { agentEntry, BASELINE, type Example, type ExampleApplicant } from './example.js';
import { range, type StagePrinter } from './stagePrinter.js';

const FLUSH_MS = 60_000;
const LOG_MS = 60_000;

export interface Recorded {
  readonly ids: readonly string[];
  readonly policyFile: string;
  readonly checkpointFile: string;
}

/** Decides every applicant through the SDK calls a customer writes. What an interrupted run already had logged is kept. */
export async function stageRecord(
  stack: Stack,
  state: DemoState,
  { applicants, decide }: Example,
  printer: StagePrinter,
  { atOnce, signal }: Pick<DecideOptions, 'atOnce' | 'signal'>,
): Promise<Recorded> {
  const stage = printer.begin('record');
  const before = (await stack.platform.ledger.status()).size;
  const identity = await producerIdentity(stack);
  const ids = applicants.map(({ id }) =>
    decisionId({
      tenant: stack.platform.tenant,
      agent: 'underwriter',
      version: '1.0.0',
      session: state.session,
      key: id,
    }),
  );
  const present = new Set((await stack.platform.ledger.readEntries(ids)).map((entry) => entry.id));
  const problems: GhostProblem[] = [];
  const { agentDigest } = await import('../../agents/index.js');
  ghost.configure({
    ...identity,
    session: state.session,
    origin: 'scheduler',
    codeDigest: await agentDigest(agentEntry(BASELINE)),
    lineage: { orchestrator: 'tenet demo', job: 'underwriting', run: state.session, asset: 'loans/decisions' },
    onProblem: (problem) => problems.push(problem),
  });
  const progress = createProgress('deciding');
  progress.update(present.size, applicants.length);
  let made = 0;
  const due = applicants.filter((_, at) => !present.has(ids[at] ?? ''));
  const onDecided = (): void => progress.update((made += 1) + present.size, applicants.length);
  const recorded = decideAll(due, (applicant) => decide(withoutAccounts(applicant)), { atOnce, signal, onDecided })
    // Nothing of it is lost by leaving early: what is not in the log is decided again by the next run.
    .then(() => unlessAborted(signal, ghost.flush({ timeout: FLUSH_MS })));
  const flushed = await recorded.finally(() => progress.end());
  const indexes = await unlessAborted(signal, stack.platform.ledger.waitLogged(ids, { timeoutMs: LOG_MS }));
  const stats = ghost.stats();
  const files = await keepForAuditor(stack, state);
  const after = (await stack.platform.ledger.status()).size;

  const delivery = judgeDelivery({ stats, pending: flushed.pending, problems });
  stage.expect(delivery.lost === null, delivery.lost ?? '');
  stage.expect(indexes.size === applicants.length, `${indexes.size} of ${applicants.length} decisions are in the log`);
  stage.fact(`${range(before, after)} · session ${state.session}`);
  stage.fact(
    `${count(made)} decided now, ${count(present.size)} kept from an interrupted run; acknowledged ${count(stats.acknowledged)}, key ${identity.kid}`,
  );
  if (delivery.note !== null) stage.fact(delivery.note);
  stage.fact(`checkpoint kept for the auditor: ${shownPath(files.checkpointFile)}`);
  stage.end(`${count(applicants.length)} applicants decided by ${BASELINE}, signed at the source`);
  return { ids, ...files };
}

function withoutAccounts({
  savings: _savings,
  checking: _checking,
  ...form
}: ExampleApplicant): Omit<ExampleApplicant, 'savings' | 'checking'> {
  return form;
}

export const producerKeyFile = ({ services }: Pick<Stack, 'services'>): string =>
  join(services.folder.dir, 'keys', 'producers', 'demo.pem');

/** The key is made here and enrolled once; the identity of a later run is the same. */
async function producerIdentity(stack: Stack): Promise<Identity> {
  const { apiKey: token } = await stack.stores.apiKeys.mint({
    scopes: ['enrol'],
    label: 'demo producer',
    singleUse: true,
    expiresAt: new Date(Date.now() + 600_000),
  });
  const keyFile = producerKeyFile(stack);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ghost.enrol({ endpoint: stack.apiUrl, token, keyFile });
    } catch (error) {
      if (attempt === 3)
        throw new AppError('api.unavailable', 'the demo could not enrol its record key', {}, { cause: error });
      await sleep(500 * attempt);
    }
  }
}

/** What an auditor takes home at this point: without it nobody could tell a rewritten log from the real one. */
async function keepForAuditor(
  { platform }: Stack,
  { folder }: DemoState,
): Promise<{ policyFile: string; checkpointFile: string }> {
  const policyFile = join(folder, 'auditor.policy');
  const checkpointFile = join(folder, 'auditor.checkpoint');
  const checkpoint = await platform.ledger.latestCheckpoint();
  if (checkpoint === null) throw new AppError('internal', 'the log has no checkpoint');
  await writeWhole(checkpointFile, checkpoint.note);
  return { policyFile, checkpointFile };
}
