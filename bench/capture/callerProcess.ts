import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { ghost, type GhostConfig } from '@tenet-ledger/ghost';
import { ghostCaller } from './ghostCaller.js';
import { langfuseCaller, otelCaller } from './otherCallers.js';
import { applications, bureau, busy, decide, fraud, paced, pause, peakMiB, quantiles, terms } from './workload.js';

/** One measurement in a process of its own: `node callerProcess.js NAME CONFIG`; the answer goes to the parent. */
const [, , name, text] = process.argv as [string, string, string, string];
const config = JSON.parse(text) as GhostConfig & { readonly keyFile: string; readonly others: string };
const plain = (application: (typeof applications)[number]): unknown => decide(application, { bureau, fraud, terms });

/** In the midst of work, and after a sleep of some milliseconds, which leaves nothing of ours in the processor's caches. */
async function costOf(call: typeof plain): Promise<object> {
  await busy(call, 4_000);
  await busy(plain, 2_000);
  const wrapped = quantiles(await busy(call, 16_000));
  const bare = quantiles(await busy(plain, 4_000));
  const woken = quantiles((await paced(call, 10_000)).filter((_, n) => n % 20 === 0));
  return { wrapped, bare, woken };
}

async function cost(): Promise<object> {
  const result = await costOf(ghostCaller(config));
  await ghost.flush({ timeout: 30_000 });
  return { ...result, stats: ghost.stats() };
}

async function burst(): Promise<object> {
  const call = ghostCaller(config);
  const count = 100_000;
  const from = performance.now();
  for (let n = 0; n < count; n += 1) call(applications[n % applications.length]!);
  const ms = performance.now() - from;
  const { pending } = await ghost.flush({ timeout: 300_000 });
  return { ms, doneMs: performance.now() - from, pending, peakMiB: peakMiB(), stats: ghost.stats() };
}

/** The server is away: the caller goes on, 2,000 a second and never waiting. */
async function down(): Promise<object> {
  const call = ghostCaller(config);
  const from = performance.now();
  await paced(call, 100_000);
  for (let left = true; left; await pause(20)) {
    const { spooled, dropped, refused } = ghost.stats();
    left = spooled + dropped + refused < 100_000;
  }
  return { ms: performance.now() - from, peakMiB: peakMiB(), stats: ghost.stats() };
}

/** The same load without the SDK, with it, and without it beside a thread that is as busy as the SDK's; in turns. */
async function delay(): Promise<object> {
  const call = ghostCaller(config);
  await paced(call, 6_000);
  const round = async (fn: typeof plain): Promise<{ readonly ms: number; readonly busyMs: number }> => {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    const before = process.cpuUsage();
    histogram.enable();
    await paced(fn, 3_000);
    histogram.disable();
    const { user, system } = process.cpuUsage(before);
    return { ms: histogram.percentile(99) / 1e6, busyMs: (user + system) / 1500 };
  };
  const rounds: { without: number; with: number; beside: number; busyMs: number }[] = [];
  for (let i = 0; i < 10; i += 1) {
    const without = await round(plain);
    const recorded = await round(call);
    const busyMs = recorded.busyMs - without.busyMs;
    const thread = busyThread(busyMs);
    const beside = await round(plain);
    await thread.terminate();
    rounds.push({ without: without.ms, with: recorded.ms, beside: beside.ms, busyMs });
  }
  await ghost.flush({ timeout: 30_000 });
  return { rounds };
}

/** Works for so many of every 1,000 ms, in the rhythm of the SDK's thread. */
const busyThread = (busyMs: number): Worker =>
  new Worker(
    `setInterval(() => { const until = performance.now() + ${busyMs / 100}; while (performance.now() < until); }, 10)`,
    { eval: true },
  );

const measures: Readonly<Record<string, () => Promise<object>>> = {
  cost,
  burst,
  down,
  delay,
  otel: async () => costOf(await otelCaller(config.others, config.endpoint)),
  langfuse: async () => costOf(await langfuseCaller(config.others, config.endpoint)),
};
const measure = measures[name];
if (measure === undefined) throw new Error(`unknown measurement ${name}`);
process.send?.(await measure(), () => process.exit(0));
