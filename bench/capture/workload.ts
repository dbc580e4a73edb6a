import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What is recorded in every bench: three calls, 2.1 KB in all as a draft, and no work of its own. */
export interface Application {
  readonly id: string;
  readonly applicant: object;
  readonly requested: object;
  readonly history: readonly object[];
  readonly note: string;
}

export const applications: readonly Application[] = Array.from({ length: 64 }, (_, n) => ({
  id: `app-${10_000 + n}`,
  applicant: { name: 'Mara Lind', age: 41, job: 'skilled', housing: 'own', income: 3_150 + n, dependants: 2 },
  requested: { amount: 4_000 + 10 * n, currency: 'EUR', months: 24, purpose: 'car', secured: false },
  history: Array.from({ length: 6 }, (_, i) => ({
    month: `2026-0${i + 1}`,
    balance: 120.5 * i,
    late: i === 3,
    limit: 1_000,
  })),
  note: 'The applicant asks for a car loan and names the employer; '.repeat(5),
}));

export interface Decision {
  readonly status: string;
  readonly reasons: readonly string[];
}

export const REASONS = ['score 712 is above 640', 'instalment is 11 % of income', 'no late payment in 12 months'];

export const bureau = (id: string): object => ({ id, score: 712, lines: 3, utilisation: 0.31, checked: '2026-11-20' });
export const fraud = (id: string, amount: number): object => ({ id, amount, risk: 0.02, signals: [] });
export const terms = (amount: number, months: number): object => ({ rate: 0.049, instalment: amount / months, months });

/** The decision over whatever wraps the calls. */
export function decide(
  application: Application,
  calls: { readonly bureau: typeof bureau; readonly fraud: typeof fraud; readonly terms: typeof terms },
): Decision {
  const { amount, months } = application.requested as { readonly amount: number; readonly months: number };
  calls.bureau(application.id);
  calls.fraud(application.id, amount);
  calls.terms(amount, months);
  return { status: 'approve', reasons: REASONS };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function quantiles(values: Float64Array): { readonly p50: number; readonly p99: number; readonly max: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}

/** 2,000 a second, as a service under load would decide: 20 at a time. Microseconds of each call. */
export async function paced(call: (application: Application) => unknown, count: number): Promise<Float64Array> {
  const micros = new Float64Array(count);
  const from = performance.now();
  for (let n = 0; n < count;) {
    for (let i = 0; i < 20 && n < count; i += 1, n += 1) {
      const started = process.hrtime.bigint();
      call(applications[n % applications.length]!);
      micros[n] = Number(process.hrtime.bigint() - started) / 1000;
    }
    await pause(Math.max(1, from + n / 2 - performance.now()));
  }
  return micros;
}

/** What an application does between its decisions: it parses and builds, in memory of its own. */
function work(untilMs: number): number {
  let sum = 0;
  do sum += JSON.stringify(JSON.parse(OTHER) as object).length;
  while (performance.now() < untilMs);
  return sum;
}

const OTHER = JSON.stringify(Array.from({ length: 100 }, (_, n) => ({ n, text: `line ${n} of something else` })));

/** 2,000 a second in the midst of other work, so that what is timed is the call and not the wake-up before it. Microseconds. */
export async function busy(call: (application: Application) => unknown, count: number): Promise<Float64Array> {
  const micros = new Float64Array(count);
  const from = performance.now();
  for (let n = 0; n < count; n += 1) {
    work(from + n / 2);
    const started = process.hrtime.bigint();
    call(applications[n % applications.length]!);
    micros[n] = Number(process.hrtime.bigint() - started) / 1000;
    if (n % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  return micros;
}

/** Peak resident memory of this process in MiB, as the kernel counts it. */
export function peakMiB(): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) / 1024;
}
