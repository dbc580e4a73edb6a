import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureKeyFile, type GhostStats } from '@tenet-ledger/ghost';
import { otherSdks } from './capture/others.js';
import type { Count } from './capture/sink.js';

/**
 * `npm run bench:capture [cost] [burst] [delay] [down]`: what recording costs the application that decides, each figure with its target.
 * Callers and the server are processes of their own on this machine; the server acknowledges without a ledger.
 */
const names = ['cost', 'burst', 'delay', 'down'] as const;
const asked = process.argv.slice(2);
const wants = (name: (typeof names)[number]): boolean => asked.length === 0 || asked.includes(name);
const unknown = asked.filter((name) => !(names as readonly string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`unknown measurement ${unknown.join(', ')}: expected ${names.join(', ')}\n`);
  process.exit(2);
}

const here = (file: string): string => fileURLToPath(new URL(`./capture/${file}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'tenet-bench-capture-'));
const keyFile = join(dir, 'key.pem');
ensureKeyFile(keyFile);
let spools = 0;

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function print(name: string, value: string, goal?: { readonly text: string; readonly reached: boolean }): void {
  const target = goal === undefined ? '' : `   target ${goal.text}: ${goal.reached ? 'reached' : 'NOT reached'}`;
  process.stdout.write(`${name}: ${value}${target}\n`);
}

const first = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });

/** Runs one measurement against a fresh server. */
async function measured<T>(name: string, config: object = {}): Promise<T & { readonly count: Count }> {
  const sink = fork(here('sink.js'));
  try {
    const endpoint = `http://127.0.0.1:${await first<number>(sink)}`;
    const spool = { dir: join(dir, `spool-${(spools += 1)}`) };
    const caller = fork(here('callerProcess.js'), [name, JSON.stringify({ endpoint, keyFile, spool, ...config })]);
    const result = await first<T>(caller);
    const count = (await (await fetch(`${endpoint}/count`)).json()) as Count;
    return { ...result, count };
  } finally {
    sink.disconnect();
  }
}

const micros = (value: number): string => `${value.toFixed(1)} µs`;
const spread = ({ p50, p99 }: Quantiles): string => `p50 ${micros(p50)}, p99 ${micros(p99)}`;

async function cost(): Promise<void> {
  interface Cost {
    readonly wrapped: Quantiles;
    readonly bare: Quantiles;
    readonly woken: Quantiles;
    readonly stats: GhostStats;
  }
  const { wrapped, bare, woken, stats } = await measured<Cost>('cost');
  const added = { p50: wrapped.p50 - bare.p50, p99: wrapped.p99 - bare.p50 };
  print('one decision of 2 KB with three taped calls, on the caller', `p50 ${micros(added.p50)}`, {
    text: '10 µs',
    reached: added.p50 <= 10,
  });
  print('  the same', `p99 ${micros(added.p99)}`, { text: '50 µs', reached: added.p99 <= 50 });
  print('  the decision alone', spread(bare));
  print('  the first after the process has slept', spread(woken));
  print(`  of ${stats.enqueued}`, `${stats.acknowledged} acknowledged, ${stats.dropped} dropped`);
  const others = otherSdks();
  if (others === undefined) return print('  OpenTelemetry and Langfuse', 'not installed: there was no network');
  for (const [title, name] of [
    ['OpenTelemetry JS, four spans', 'otel'],
    ['Langfuse JS, a generation and three tools', 'langfuse'],
  ] as const) {
    const other = await measured<Cost>(name, { others });
    print(`  ${title}`, `${spread(other.wrapped)}; the first after a sleep ${spread(other.woken)}`);
  }
}

interface Burst {
  readonly ms: number;
  readonly doneMs: number;
  readonly pending: number;
  readonly peakMiB: number;
  readonly stats: GhostStats;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function burst(): Promise<void> {
  const held = await measured<Burst>('burst', { full: { block: 60_000 } });
  print('burst of 100,000 under block, arrived', `${held.count.decisions}`, {
    text: '100,000',
    reached: held.count.decisions === 100_000,
  });
  print('  peak memory of the caller', `${Math.round(held.peakMiB)} MiB`, {
    text: '256 MiB',
    reached: held.peakMiB <= 256,
  });
  const rate = Math.round(100_000 / (held.doneMs / 1000));
  print('  time blocked', `${seconds(held.stats.blockedMs)} of ${seconds(held.ms)}; ${rate} a second to the server`);
  const free = await measured<Burst>('burst');
  const { decisions, dropped } = free.count;
  print('burst of 100,000 under drop-newest', `${decisions} arrived + ${dropped} in the signed drop counter`, {
    text: '100,000',
    reached: decisions + dropped === 100_000,
  });
  print('  peak memory of the caller', `${Math.round(free.peakMiB)} MiB in ${seconds(free.ms)}`);
}

async function delay(): Promise<void> {
  type Round = Readonly<Record<'without' | 'with' | 'beside' | 'busyMs', number>>;
  const { rounds } = await measured<{ readonly rounds: readonly Round[] }>('delay');
  const middle = (of: (round: Round) => number): number => rounds.map(of).sort((a, b) => a - b)[rounds.length >> 1]!;
  const median = middle((round) => round.with - round.without);
  print('event-loop delay added at 2,000 decisions a second, p99', `${median.toFixed(2)} ms`, {
    text: '1 ms',
    reached: median <= 1,
  });
  const beside = middle((round) => round.beside - round.without);
  const busy = Math.round(middle((round) => round.busyMs));
  print(
    '  added by another thread that is as busy and does nothing',
    `${beside.toFixed(2)} ms (${busy} ms of each second)`,
  );
  const shown = rounds.map((round) => `${round.without.toFixed(2)} → ${round.with.toFixed(2)}`).join(', ');
  print('  without → with, ten pairs of 1.5 s', `${shown} ms`);
}

async function down(): Promise<void> {
  const away = await measured<Burst>('down', { endpoint: 'http://127.0.0.1:9' });
  print('server away for 100,000 decisions, peak memory of the caller', `${Math.round(away.peakMiB)} MiB`, {
    text: '256 MiB',
    reached: away.peakMiB <= 256,
  });
  const { spooled, dropped, spool } = away.stats;
  print('  kept', `${spooled} in the spool (${Math.round(spool.bytes / 2 ** 20)} MiB), ${dropped} dropped`);
}

try {
  if (wants('cost')) await cost();
  if (wants('burst')) await burst();
  if (wants('delay')) await delay();
  if (wants('down')) await down();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
