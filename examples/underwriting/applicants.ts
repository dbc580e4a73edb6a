import { readFileSync } from 'node:fs';

/** One applicant of the UCI Statlog German Credit data; see ATTRIBUTION.md. `amount` in Deutsche Mark, `duration` in months. */
export interface Applicant {
  readonly id: string;
  readonly age: number;
  readonly sex: string;
  readonly job: number;
  readonly housing: string;
  readonly savings: string;
  readonly checking: string;
  readonly amount: number;
  readonly duration: number;
  readonly purpose: string;
}

export interface RowProblem {
  readonly line: number;
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

export interface ParsedApplicants {
  readonly applicants: readonly Applicant[];
  /** Empty for a file that may be used. */
  readonly problems: readonly RowProblem[];
}

const HEADER = 'id,Age,Sex,Job,Housing,Saving accounts,Checking account,Credit amount,Duration,Purpose';
const ACCOUNTS = ['NA', 'little', 'moderate', 'quite rich', 'rich'];

const integer = (low: number, high: number) => ({
  expected: `a whole number from ${low} to ${high}`,
  ok: (text: string) => /^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high,
});
const oneOf = (...values: string[]) => ({
  expected: `one of ${values.join(', ')}`,
  ok: (text: string) => values.includes(text),
});

const COLUMNS = [
  { name: 'id', ...integer(0, 999_999_999) },
  { name: 'Age', ...integer(18, 120) },
  { name: 'Sex', ...oneOf('male', 'female') },
  { name: 'Job', ...integer(0, 3) },
  { name: 'Housing', ...oneOf('own', 'free', 'rent') },
  { name: 'Saving accounts', ...oneOf(...ACCOUNTS) },
  { name: 'Checking account', ...oneOf(...ACCOUNTS) },
  { name: 'Credit amount', ...integer(1, 10_000_000) },
  { name: 'Duration', ...integer(1, 600) },
  {
    name: 'Purpose',
    expected: 'a purpose, at most 40 characters',
    ok: (text: string) => text.length > 0 && text.length <= 40,
  },
] as const;

/** Parses the whole file or says, line by line, what is wrong with it. An id that comes twice is a problem too. */
export function parseApplicants(csv: string): ParsedApplicants {
  const [header = '', ...lines] = csv.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n');
  if (header !== HEADER)
    return { applicants: [], problems: [{ line: 1, field: 'header', expected: HEADER, got: header.slice(0, 200) }] };
  const problems: RowProblem[] = [];
  const applicants: Applicant[] = [];
  const seen = new Map<string, number>();
  lines.forEach((text, index) => {
    const line = index + 2;
    const cells = text.split(',');
    if (cells.length !== COLUMNS.length) {
      problems.push({ line, field: 'row', expected: `${COLUMNS.length} columns`, got: `${cells.length} columns` });
      return;
    }
    const bad = COLUMNS.flatMap((column, at) =>
      column.ok(cells[at] ?? '') ? [] : [{ line, field: column.name, expected: column.expected, got: cells[at] ?? '' }],
    );
    const earlier = seen.get(cells[0] ?? '');
    if (earlier !== undefined)
      bad.push({ line, field: 'id', expected: `an id of its own (line ${earlier} has it)`, got: cells[0] ?? '' });
    seen.set(cells[0] ?? '', line);
    problems.push(...bad);
    if (bad.length === 0) applicants.push(toApplicant(cells));
  });
  return { applicants, problems };
}

function toApplicant(cells: readonly string[]): Applicant {
  const [id = '', age, sex = '', job, housing = '', savings = '', checking = '', amount, duration, purpose = ''] =
    cells;
  return {
    id,
    age: Number(age),
    sex,
    job: Number(job),
    housing,
    savings,
    checking,
    amount: Number(amount),
    duration: Number(duration),
    purpose,
  };
}

export function loadApplicants(path: string): ParsedApplicants {
  return parseApplicants(readFileSync(path, 'utf8'));
}
