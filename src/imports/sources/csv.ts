import type { Json } from '@tenet-ledger/record';
import type { ImportProblem, RawItem, ReadFrom } from '../types.js';
import { readLines, START, type Line } from './lines.js';

export interface CsvOptions {
  /** @default ',' */
  readonly delimiter?: string;
  /** Column names where the file has no line of them. */
  readonly columns?: readonly string[];
  /** Columns that hold numbers; an empty cell of one is null. */
  readonly numbers?: readonly string[];
  readonly booleans?: readonly string[];
}

/** A quoted cell may hold line ends; more of them than this is a quote that was never closed. */
const MAX_ROW_LINES = 1000;

type Problem = Omit<ImportProblem, 'place'>;
type Row = { readonly n: number; readonly end: number } & (
  { readonly cells: readonly string[] } | { readonly problem: Problem }
);

/** RFC 4180 rows as objects by column. `from` is where an earlier reading stopped; `header` what it found as names. */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  options: CsvOptions = {},
  resume: { readonly from: ReadFrom; readonly columns: readonly string[] } | null = null,
): AsyncGenerator<RawItem, void> {
  let columns = resume?.columns ?? options.columns ?? null;
  const numbers = new Set(options.numbers);
  const booleans = new Set(options.booleans);
  for await (const row of readRows(readLines(source, resume?.from ?? START), options.delimiter ?? ',')) {
    const at = { place: { unit: 'row', n: row.n } as const, end: row.end };
    if ('problem' in row) yield { ...at, problem: row.problem };
    else if (columns === null) {
      columns = row.cells.map((cell) => cell.trim());
      const problem = headerProblem(columns, options);
      if (problem !== null) {
        yield { ...at, problem };
        return;
      }
    } else if (row.cells.length !== columns.length) yield { ...at, problem: lengthProblem(row.cells, columns) };
    else yield { ...at, ...toObject(columns, row.cells, numbers, booleans) };
  }
}

/** The names in the first row, for a reading that goes on further down. */
export async function csvColumns(source: AsyncIterable<Uint8Array>, delimiter = ','): Promise<readonly string[]> {
  for await (const row of readRows(readLines(source), delimiter))
    return 'cells' in row ? row.cells.map((cell) => cell.trim()) : [];
  return [];
}

function headerProblem(columns: readonly string[], { delimiter = ',' }: CsvOptions): Problem | null {
  const twice = columns.find((name, i) => name === '' || columns.indexOf(name) !== i);
  if (twice !== undefined) {
    const message = twice === '' ? 'a column has no name' : `two columns are named ${JSON.stringify(twice)}`;
    return { field: '', message, fix: 'name the columns in the mapping: csv.columns' };
  }
  const other = [';', '\t', '|', ','].find((char) => char !== delimiter && columns[0]?.includes(char) === true);
  if (columns.length > 1 || other === undefined) return null;
  const shown = other === '\t' ? '"\\t"' : JSON.stringify(other);
  return { field: '', message: 'there is one column only', fix: `set csv.delimiter to ${shown} in the mapping` };
}

const lengthProblem = (cells: readonly string[], columns: readonly string[]): Problem => ({
  field: '',
  message: cells.length < columns.length ? 'the row is short' : 'the row is long',
  expected: `${columns.length} cells, as the header has`,
  got: `${cells.length}`,
  ...(cells.length > columns.length ? { fix: 'cells that hold the delimiter must be quoted' } : {}),
});

function toObject(
  columns: readonly string[],
  cells: readonly string[],
  numbers: ReadonlySet<string>,
  booleans: ReadonlySet<string>,
): { value: Json } | { problem: Problem } {
  const value: Record<string, Json> = {};
  for (const [i, name] of columns.entries()) {
    const cell = cells[i] ?? '';
    const read = numbers.has(name) ? numberOf(cell) : booleans.has(name) ? booleanOf(cell) : cell;
    if (read === undefined) {
      const expected = numbers.has(name) ? 'a number' : 'true or false';
      return { problem: { field: name, message: 'not what the mapping says', expected, got: JSON.stringify(cell) } };
    }
    Object.defineProperty(value, name, { value: read, enumerable: true, configurable: true, writable: true });
  }
  return { value };
}

function numberOf(cell: string): number | null | undefined {
  const text = cell.trim();
  if (text === '') return null;
  const value = Number(text);
  return /^[-+]?(\d|\.\d)/.test(text) && Number.isFinite(value) ? value : undefined;
}

function booleanOf(cell: string): boolean | null | undefined {
  const text = cell.trim().toLowerCase();
  if (text === '') return null;
  if (['true', 't', 'yes', 'y', '1'].includes(text)) return true;
  return ['false', 'f', 'no', 'n', '0'].includes(text) ? false : undefined;
}

/** Lines joined into rows: a row goes on while the quotes on it do not pair up. A row's number is that of its first line. */
async function* readRows(lines: AsyncIterable<Line>, delimiter: string): AsyncGenerator<Row, void> {
  let open: { readonly n: number; text: string; lines: number; end: number } | null = null;
  for await (const line of lines) {
    if ('problem' in line) {
      if (open !== null) yield { n: open.n, end: open.end, problem: UNCLOSED };
      open = null;
      yield { n: line.n, end: line.end, problem: line.problem };
      continue;
    }
    if (open === null && line.text.trim() === '') continue;
    open =
      open === null
        ? { n: line.n, text: line.text, lines: 1, end: line.end }
        : { n: open.n, text: `${open.text}\n${line.text}`, lines: open.lines + 1, end: line.end };
    if (paired(open.text)) {
      yield { n: open.n, end: open.end, ...splitCells(open.text, delimiter) };
      open = null;
    } else if (open.lines >= MAX_ROW_LINES) {
      yield { n: open.n, end: open.end, problem: UNCLOSED };
      open = null;
    }
  }
  if (open !== null) yield { n: open.n, end: open.end, problem: UNCLOSED };
}

const UNCLOSED: Problem = {
  field: '',
  message: 'a quote is opened here and never closed',
  fix: 'close it, or write " inside a quoted cell as ""',
};

function paired(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd;
  return !odd;
}

const QUOTED = /"((?:[^"]|"")*)"/y;

function splitCells(text: string, delimiter: string): { cells: readonly string[] } | { problem: Problem } {
  const cells: string[] = [];
  for (let at = 0; ;) {
    if (text[at] === '"') {
      QUOTED.lastIndex = at;
      const match = QUOTED.exec(text);
      if (match === null) return { problem: UNCLOSED };
      cells.push((match[1] ?? '').replaceAll('""', '"'));
      at = QUOTED.lastIndex;
      if (at < text.length && !text.startsWith(delimiter, at)) {
        return {
          problem: {
            field: '',
            message: `cell ${cells.length} goes on after its closing quote`,
            fix: UNCLOSED.fix ?? '',
          },
        };
      }
    } else {
      const next = text.indexOf(delimiter, at);
      const end = next === -1 ? text.length : next;
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return { cells };
    at += delimiter.length;
    if (at === text.length) return { cells: [...cells, ''] };
  }
}
