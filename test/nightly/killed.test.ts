import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSchedule, runScan, startStack, type Stack } from '../../dist/src/runtime/index.js';
import { AGENTS, openWorld, ROOT, type World } from '../e2e/world.js';

/** Takes the heartbeat time-out of an activity: TENET_LONG=1. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8').split('\n');
const DECISIONS = 200;

let world: World;
let other: Stack | undefined;

describe.runIf(process.env['TENET_LONG'] === '1')('a platform worker that is killed', () => {
  beforeAll(async () => {
    world = await openWorld();
    await world.record(csv.slice(0, DECISIONS + 1).join('\n'), 'killed');
    await world.stack.serveAgent(join(AGENTS, 'underwriter-1.0.0.js'));
  }, 120_000);
  afterAll(async () => {
    await other?.stop();
    await world?.stop();
  });

  test.each(['planned', 'done'] as const)(
    'when the re-runs of a night are %s is followed by another, and the night has one finding',
    async (when) => {
      const { platform, stores } = world.stack;
      const { services } = other ?? world.stack;
      const name = `killed-${when}`;
      const spec = { agent: 'underwriter', type: 'loan.approve', at: '02:00', timezone: 'UTC', size: DECISIONS };
      const rest = {
        repeats: 2,
        model: 'tape',
        liveReads: false,
        timeoutMs: 5_000,
        alpha: 0.01,
        maxCalls: null,
        maxCost: null,
      } as const;
      const { id } = await addSchedule(world.stack, { v: 1, name, ...spec, ...rest }, 'test');
      const night = runScan(world.stack, id, new Date());
      for (;;) {
        const [scan] = await stores.scans.list(id, 1);
        const run = scan?.controlRun == null ? null : await stores.runs.get(scan.controlRun);
        if (run !== null && (when === 'planned' || run.status === 'done')) break;
        await sleep(5);
      }
      process.kill(services.pids['platform worker'] ?? 0, 'SIGKILL');
      const before = other;
      other = await startStack(configOf(world));
      await before?.stop();
      expect(await night).toMatchObject({ status: 'no-evidence' });
      const { ids } = await platform.ledger.listDecisions({ kind: 'drift', type: 'drift.finding', limit: 100 });
      const own = (await stores.scans.list(id, 10)).map((scan) => scan.id);
      expect(ids.filter((finding) => own.includes(finding))).toHaveLength(1);
    },
    180_000,
  );
});

/** As another command would see it: services that run already are found by the state folder. */
function configOf({ stack, stateDir }: World): Stack['config'] {
  const { databaseUrl: _url, temporal, ...config } = stack.config;
  const { address: _address, ...own } = temporal;
  return { ...config, stateDir, temporal: own };
}
