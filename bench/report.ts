import { readFileSync } from 'node:fs';

/** One measured figure with what the machine could do at best beside it. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: { readonly name: string; readonly value: number };
  readonly target?: number;
  readonly notes: readonly string[];
}

const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2));

export function print(figure: Figure): void {
  const { name, value, unit, limit, target, notes } = figure;
  const goal =
    target === undefined ? '' : `   target ${number(target)}: ${value >= target ? 'reached' : 'NOT reached'}`;
  process.stdout.write(`${name}: ${number(value)} ${unit}${goal}\n`);
  process.stdout.write(
    `  machine's limit: ${number(limit.value)} ${unit} (${limit.name}), ratio ${(value / limit.value).toFixed(2)}\n`,
  );
  for (const note of notes) process.stdout.write(`  ${note}\n`);
}

const TICKS_PER_SECOND = 100;

/** CPU seconds a process and its reaped children have used; null where it is gone or /proc is not there. */
function cpuSeconds(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** All processes below a pid, itself included, without the branches of `others`. */
function processTree(pid: number, others: ReadonlySet<number> = new Set()): number[] {
  const out = [pid];
  for (const current of out) {
    try {
      const tasks = readFileSync(`/proc/${current}/task/${current}/children`, 'utf8').trim();
      for (const child of tasks.split(' ')) if (child !== '' && !others.has(Number(child))) out.push(Number(child));
    } catch {
      continue;
    }
  }
  return out;
}

/** CPU seconds of each process with what it started; a process named here counts under its own name alone. */
export function cpuOf(pids: Readonly<Record<string, number>>): Record<string, number> {
  const named = new Set(Object.values(pids));
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => {
      const own = processTree(pid, named);
      return [name, own.reduce((sum, each) => sum + (cpuSeconds(each) ?? 0), 0)];
    }),
  );
}

/** What each process used between two readings: share of one core, and CPU time per piece of work. */
export function cpuUsed(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  { seconds, pieces, unit }: { readonly seconds: number; readonly pieces: number; readonly unit: string },
): string[] {
  const used = Object.entries(after).map(([name, at]) => [name, at - (before[name] ?? 0)] as const);
  const each = (seconds: number): number => Math.round((1e6 * seconds) / pieces);
  const total = used.reduce((sum, [, cpu]) => sum + cpu, 0);
  return [
    `share of one core: ${used.map(([name, cpu]) => `${name} ${Math.round((100 * cpu) / seconds)} %`).join(', ')}`,
    `CPU µs per ${unit}: ${used.map(([name, cpu]) => `${name} ${each(cpu)}`).join(', ')}; together ${each(total)}`,
  ];
}
