import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
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

/** The same load with and without, in turns. */
async function delay(): Promise<object> {
  const call = ghostCaller(config);
  await paced(call, 2_000);
  const round = async (fn: typeof plain): Promise<number> => {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await paced(fn, 6_000);
    histogram.disable();
    return histogram.percentile(99) / 1e6;
  };
  const pairs: { with: number; without: number }[] = [];
  for (let i = 0; i < 5; i += 1) pairs.push({ without: await round(plain), with: await round(call) });
  await ghost.flush({ timeout: 30_000 });
  return { pairs };
}

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
