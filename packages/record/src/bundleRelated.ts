import { fromBase64 } from './base64.js';
import { utf8 } from './bytes.js';
import type { Erasures, OpenedEntry } from './bundleEntry.js';
import { counted, grouped, type BundleCase } from './bundleCase.js';
import type { BundleReport } from './bundleReport.js';
import type { BundleRow } from './bundle.js';
import type { RowVerdict } from './bundleVerdict.js';
import { leafHash } from './hash.js';
import { parseCanonical } from './jcs.js';
import { isMap } from './record.js';
import { verifyInclusion } from './verifyTree.js';

/** Each row is a leaf under the results root of an entry in this bundle, and about the record where that is a decision. */
export function checkRows({ bundle, main, related }: BundleCase, report: BundleReport): RowVerdict[] {
  const name = 'result rows';
  const rows = bundle.rows.map((row, i) =>
    report.during(name, () => {
      const place = `rows/${i}`;
      const holder = [main, ...related].find(({ read }) => read.entry.id === row.verdict);
      if (holder === undefined) report.fail(name, 'bundle.rows', `${place}: ${row.verdict} is not in the bundle`);
      checkRow(row, holder, place, report);
      const value = parseCanonical(row.row);
      const about = isMap(value) ? value['decision'] : undefined;
      if (main.read.entry.kind === 'decision' && about !== main.read.entry.id) {
        report.fail(
          name,
          'bundle.rows',
          `${place} is about ${JSON.stringify(about ?? null)}, the record is ${main.read.entry.id}`,
        );
      }
      return { verdict: row.verdict, index: row.index, row: value };
    }),
  );
  const places = new Set(bundle.rows.map((row) => `${row.verdict} ${row.index}`));
  if (places.size < rows.length) report.fail(name, 'bundle.duplicate', 'a result row occurs twice');
  if (rows.length > 0)
    report.pass(name, `${counted(rows.length, 'row', 'rows')} under the results root of their verdict`);
  return rows;
}

function checkRow(row: BundleRow, holder: OpenedEntry, place: string, report: BundleReport): void {
  const name = 'result rows';
  const root = holder.values.get('/resultsRoot');
  const size = holder.values.get('/resultsSize');
  if (typeof root !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size)) {
    report.fail(name, 'bundle.rows', `${place}: ${row.verdict} does not disclose /resultsRoot and /resultsSize`);
  }
  const claim = {
    leafHash: leafHash(utf8(row.row)),
    index: row.index,
    size,
    proof: row.proof.map(fromBase64),
    root: fromBase64(root),
  };
  if (!verifyInclusion(claim)) {
    report.fail(
      name,
      'bundle.rows',
      `${place} is not row ${grouped(row.index)} of ${grouped(size)} under the results root of ${row.verdict}`,
    );
  }
}

/** Entry id → path → index of the erasure entry. An erasure that names nothing in the bundle has no place in it. */
export function checkErasures({ main, related, erasures }: BundleCase, report: BundleReport): Map<string, Erasures> {
  const name = 'erasures';
  const erased = new Map<string, Map<string, number>>();
  for (const { place, read, values, receipt } of erasures) {
    if (read.entry.kind !== 'erasure') report.fail(name, 'bundle.kind', `${place} is of kind ${read.entry.kind}`);
    const paths = values.get('/erasure/paths');
    if (!Array.isArray(paths) || !paths.every((path): path is string => typeof path === 'string')) {
      report.fail(name, 'bundle.erasure', `${place} does not disclose /erasure/paths`);
    }
    const target = [main, ...related].find((opened) =>
      read.entry.links.some((link) => link.rel === 'erases' && link.id === opened.read.entry.id),
    );
    if (target === undefined) report.fail(name, 'bundle.unused', `${place} erases nothing of an entry in this bundle`);
    const index = receipt!.index;
    if (target.receipt === null || index <= target.receipt.index) {
      report.fail(name, 'bundle.erasure', `${place} is logged before the entry it erases from`);
    }
    const known = erased.get(target.read.entry.id) ?? new Map<string, number>();
    for (const path of paths) if (!known.has(path)) known.set(path, index);
    erased.set(target.read.entry.id, known);
    const left = paths.filter((path) => target.values.has(path));
    if (left.length > 0)
      report.info(name, `still disclosed although erased at index ${grouped(index)}: ${left.join(', ')}`);
  }
  if (erasures.length > 0) report.pass(name, counted(erasures.length, 'erasure entry', 'erasure entries'));
  return erased;
}

/** A related entry is tied in by a link in either direction or by a row; one that is not is said to be so. */
export function checkRelations({ bundle, main, related }: BundleCase, report: BundleReport): void {
  const wrong = related.find(({ read }) => read.entry.kind === 'key' || read.entry.kind === 'erasure');
  if (wrong !== undefined) {
    report.fail(
      'related entries',
      'bundle.kind',
      `${wrong.place} is of kind ${wrong.read.entry.kind} and belongs elsewhere`,
    );
  }
  const reached = new Set([main.read.entry.id]);
  for (const { verdict } of bundle.rows) reached.add(verdict);
  const links = [main, ...related].flatMap(({ read }) =>
    read.entry.links.map((link) => [read.entry.id, link.id] as const),
  );
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const [from, to] of links) {
      if (reached.has(from)) reached.add(to);
      else if (reached.has(to)) reached.add(from);
    }
  }
  for (const { read } of related) {
    const { id, kind } = read.entry;
    const name = `related: ${kind} ${id}`;
    if (reached.has(id)) report.pass(name, 'signed, logged and tied to the record');
    else report.info(name, 'signed and logged, but neither a link nor a row ties it to the record');
  }
}
