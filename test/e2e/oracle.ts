/** Recomputes from the CSV alone what each candidate must change. Shares no code with the agents it judges. */
type Row = Record<string, string>;

export function rows(csv: string): Row[] {
  const [head = '', ...lines] = csv.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])));
}

const over = (value: number, bounds: number[]): number => bounds.filter((bound) => value > bound).length;
const look = (table: Record<string, number>, key: string | undefined): number => table[key ?? ''] ?? 0;

export function points(row: Row): number {
  return (
    look({ little: 3, moderate: 2 }, row['Checking account']) +
    look({ little: 2, moderate: 1, NA: 1 }, row['Saving accounts']) +
    over(Number(row['Credit amount']), [2500, 5000, 10_000]) +
    over(Number(row['Duration']), [18, 36]) +
    look({ rent: 1, free: 1 }, row['Housing']) +
    look({ '0': 2, '1': 1 }, row['Job'])
  );
}

export function outcome(row: Row, limit: (purpose: string) => number): string {
  const score = points(row);
  const long = Number(row['Duration']) > limit(row['Purpose'] ?? '');
  if (score >= 8) return 'decline';
  if (score <= 5) return long ? 'refer' : 'approve';
  return long ? 'decline' : 'refer';
}

/** Applicants whose outcome differs when `purpose` may run `months` instead of 24, with the amount each asked for. */
export function flips(csv: string, purpose: string, months: number): Map<string, number> {
  const changed = rows(csv).filter(
    (row) => outcome(row, () => 24) !== outcome(row, (own) => (own === purpose ? months : 24)),
  );
  return new Map(changed.map((row) => [row['id'] ?? '', Number(row['Credit amount'])]));
}

/** Applicants to whom 1.0.2 gives another principal reason: age, or a resale value. */
export function restated(csv: string): { age: Set<string>; resale: Set<string> } {
  const hit = rows(csv).filter((row) => outcome(row, () => 24) !== 'approve');
  const young = hit.filter((row) => Number(row['Age']) < 30);
  const resale = hit.filter(
    (row) => Number(row['Age']) >= 30 && ['radio/TV', 'furniture/equipment'].includes(row['Purpose'] ?? ''),
  );
  const ids = (some: Row[]): Set<string> => new Set(some.map((row) => row['id'] ?? ''));
  return { age: ids(young), resale: ids(resale) };
}
