import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ghost } from '@tenet-ledger/ghost';
import { addSchedule, runScan, type Stack } from '../src/runtime/index.js';
import { readFinding } from '../src/nightly/index.js';
import { ownPackage } from '../src/services/index.js';
import { enrolled } from './producer.js';
import { cpuOf, cpuUsed, type Figure } from './report.js';

const DECISIONS = 2_000;
const REPEATS = 3;
const TARGET_S = 30;
const SESSION = 'bench-nightly';

/**
 * A night of 2,000 decisions whose outcomes have not changed, from its start to the signed finding: drawn, each re-run three times in
 * the fenced child, compared by all statistics. Nothing is warm but the agent's worker.
 */
export async function benchNightly(stack: Stack): Promise<Figure> {
  const entry = join(ownPackage().root, 'dist', 'bench', 'noopAgent.js');
  await stack.serveAgent(entry);
  await record(stack, entry);
  const { id } = await addSchedule(
    stack,
    {
      v: 1,
      name: 'bench',
      agent: 'noop',
      type: 'bench.noop',
      at: '02:00',
      timezone: 'UTC',
      size: DECISIONS,
      repeats: REPEATS,
      model: 'tape',
      liveReads: false,
      timeoutMs: 5_000,
      alpha: 0.01,
      maxCalls: null,
      maxCost: null,
    },
    'bench',
  );
  const pids = { ...stack.services.pids };
  const before = cpuOf(pids);
  const began = performance.now();
  const night = new Date();
  const { scanId, status } = await runScan(stack, id, night);
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOf(pids);
  const again = performance.now();
  const { computed } = await runScan(stack, id, night);
  const recomputed = (performance.now() - again) / 1000;
  const [view] = await stack.platform.ledger.readDecisions([scanId]);
  const compared = (view === undefined ? null : readFinding(view.fields))?.rerun?.compared ?? 0;
  return {
    name: `nightly, ${DECISIONS} decisions × ${REPEATS} re-runs, unchanged outcomes, to the signed finding`,
    value: compared / seconds,
    unit: 'decisions/s',
    target: DECISIONS / TARGET_S,
    limit: { name: 'the same night computed again from stored re-runs', value: compared / recomputed },
    notes: [
      `${seconds.toFixed(2)} s for ${compared} compared decisions (target ${TARGET_S} s), ended ${status}; computed again in ${recomputed.toFixed(2)} s: ${computed}`,
      ...cpuUsed(before, after, { seconds, pieces: compared, unit: 'decision' }),
    ],
  };
}

async function record(stack: Stack, entry: string): Promise<void> {
  const identity = await enrolled(stack, SESSION);
  ghost.configure({ ...identity, session: SESSION });
  const { decide } = (await import(pathToFileURL(entry).href)) as {
    decide: (input: { id: string; note: string }) => unknown;
  };
  for (let i = 0; i < DECISIONS; i += 1) decide({ id: String(i), note: 'x'.repeat(200) });
  const { pending } = await ghost.flush({ timeout: 120_000 });
  if (pending > 0) throw new Error(`${pending} records were not acknowledged`);
  while ((await stack.platform.ledger.status()).queued > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
