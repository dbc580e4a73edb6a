import type { BundleVerdict, FieldVerdict, Json, RelatedVerdict, RowVerdict } from '@tenet-ledger/record';
import type { Screen, Style } from '../output.js';
import { forTerminal } from './escape.js';
import { count, money, plural } from './numbers.js';
import { clip, displayWidth, flow, padEnd, wrap } from './width.js';

export interface VerifiedBundle extends BundleVerdict {
  /** What the bundle shows about the checkpoint that the verifier kept. */
  readonly kept: 'not asked' | 'consistent' | 'not shown';
  /** More about a file that cannot be read: what its reader stumbled over. */
  readonly hint: string | null;
  readonly exit: number;
}

export interface BundleLinesOptions {
  readonly values: boolean;
}

const SIGNS = { pass: '✓', fail: '✗', info: '–' } as const;
const STYLES: Readonly<Record<keyof typeof SIGNS, Style>> = { pass: 'green', fail: 'red', info: 'yellow' };
const MAX_NAME_WIDTH = 52;
const MAX_NAMES = 12;
const MAX_ROWS = 12;

/** What was checked, what it says about each field and each related entry, what was not checked, and the label. */
export function bundleLines(verified: VerifiedBundle, screen: Screen, options: BundleLinesOptions): string[] {
  const valid = verified.label !== 'INVALID';
  return [
    ...subject(verified, screen),
    'Checks performed:',
    ...checkLines(verified.checks, screen),
    ...fieldLines(verified.fields, screen, options),
    ...(valid ? verified.related.flatMap((related) => relatedLines(related, verified.rows, screen)) : []),
    ...notChecked(verified, screen),
    ...foot(verified, screen),
  ];
}

/** The label, what failed and what was not checked: for a bundle whose other lines a reader has just seen. */
export function briefBundleLines(verified: VerifiedBundle, screen: Screen): string[] {
  const failed = verified.checks.filter(({ status }) => status === 'fail');
  const passed = verified.checks.filter(({ status }) => status === 'pass').length;
  const counts =
    failed.length === 0
      ? `all ${passed} checks pass`
      : `${failed.length} of ${passed + failed.length} failed; what comes after a failure is not looked at`;
  return [
    ...foot({ ...verified, reasons: [] }, screen),
    ...subject(verified, screen),
    `Checks performed: ${counts}`,
    ...checkLines(failed, screen),
    ...notChecked(verified, screen),
  ];
}

function subject({ entry, label, fields }: VerifiedBundle, { paint, width }: Screen): string[] {
  if (entry === null) return ['The file could not be read as an evidence bundle.'];
  const claims = label === 'INVALID' ? 'claims to be ' : '';
  const outcome = disclosed(fields, '/decision/outcome');
  const says = typeof outcome === 'string' ? ` → ${clip(outcome, 40).toUpperCase()}` : '';
  const id = `${claims}${paint('bold', clip(entry.id, 80))}`;
  return flow([id, `${clip(entry.type, 40)}${says}`, clip(entry.occurredAt, 30), clip(entry.agent, 60)], width, '  ');
}

function checkLines(checks: BundleVerdict['checks'], { paint, width }: Screen): string[] {
  // The rule is said once, with the record's own signature.
  const said = checks.map((check) => ({
    ...check,
    name: check.name.replace(/^(signature of .*) \(joint Ed25519 rule\)$/u, '$1'),
  }));
  const names = said.reduce((most, { name }) => Math.max(most, displayWidth(forTerminal(name))), 0);
  const indent = Math.min(names, MAX_NAME_WIDTH) + 5;
  return said.flatMap(({ name, status, detail }) => {
    const label = padEnd(clip(name, MAX_NAME_WIDTH), indent - 5);
    const [first = '', ...rest] = wrap(clip(detail, 2000), Math.max(30, width - indent));
    return [
      `  ${paint(STYLES[status], SIGNS[status])} ${label} ${first}`.trimEnd(),
      ...rest.map((line) => `${' '.repeat(indent)}${line}`),
    ];
  });
}

const STATES = ['DISCLOSED', 'WITHHELD', 'ERASED', 'MISMATCH'] as const;

function fieldLines(fields: readonly FieldVerdict[], screen: Screen, { values }: BundleLinesOptions): string[] {
  if (fields.length === 0) return [];
  const groups = STATES.map((status) => ({ status, of: fields.filter((field) => field.status === status) }));
  const lines = groups
    .filter(({ of }) => of.length > 0)
    .flatMap(({ status, of }) => {
      const names = of.slice(0, MAX_NAMES).map(({ path, erasedBy }) => {
        return `${clip(path, 60)}${erasedBy === undefined ? '' : ` (leaf ${count(erasedBy)})`}`;
      });
      if (of.length > MAX_NAMES) names.push(`… ${count(of.length - MAX_NAMES)} more`);
      const label = `${padEnd(status, 10)}${padEnd(count(of.length), 4)}`;
      return wrap(names.join(' '), Math.max(30, screen.width - 17)).map(
        (line, at) => `  ${at === 0 ? label : ' '.repeat(14)} ${line}`,
      );
    });
  const shown = values
    ? fields.filter(({ value }) => value !== undefined).map((field) => valueLine(field, screen))
    : [];
  return [`${plural(fields.length, 'field')} signed:`, ...lines, ...shown];
}

function valueLine({ path, value }: FieldVerdict, { width }: Screen): string {
  const label = padEnd(clip(path, 40), 32);
  return `    ${label} ${clip(textOf(value), Math.max(30, width - displayWidth(label) - 6))}`;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

function disclosed(fields: readonly FieldVerdict[], path: string): Json | undefined {
  return fields.find((field) => field.path === path)?.value;
}

/** First what a verdict is read for; hashes last. */
const FIRST = ['/status', '/gate', '/baseline', '/candidate', '/flips', '/shifted', '/stakeAtRisk'];
const LAST = ['/policyDigest', '/resultsRoot', '/resultsSize'];

function relatedLines(related: RelatedVerdict, rows: readonly RowVerdict[], { paint, width }: Screen): string[] {
  const { entry, fields } = related;
  const place = entry.index === null ? 'not logged' : `leaf ${count(entry.index)}`;
  const bound = rows.filter((row) => row.verdict === entry.id);
  const says = [...fields]
    .sort((a, b) => rank(a.path) - rank(b.path))
    .flatMap(({ path, value }) => (value === undefined ? [] : brief(path.slice(1), value)))
    .join(' · ');
  const room = Math.max(30, width - 4);
  return [
    `${paint('bold', `${clip(entry.kind, 20)} ${clip(entry.id, 80)}`)}  ${clip(entry.type, 40)}  ${place}  says:`,
    ...wrap(says === '' ? 'nothing that is disclosed' : says, room).map((line) => `    ${line}`),
    ...fields.flatMap(({ path, value }) => ruleLines(path, value, room)),
    ...(bound.length === 0 ? [] : [`  ${plural(bound.length, 'result row')} bound to it:`]),
    ...bound.slice(0, MAX_ROWS).map((row) => `    ${rowLine(row)}`),
    ...(bound.length > MAX_ROWS ? [`    … ${count(bound.length - MAX_ROWS)} more in -o json`] : []),
  ];
}

function rank(path: string): number {
  const first = FIRST.indexOf(path);
  return first >= 0 ? first - FIRST.length : LAST.indexOf(path) + 1;
}

/** One value in a few words: a list by its length, an amount with its unit, nothing for what takes a page. */
function brief(name: string, value: Json): string[] {
  const label = clip(name, 40);
  if (Array.isArray(value)) return [`${label} ${count(value.length)}`];
  if (typeof value !== 'object' || value === null) return value === null ? [] : [`${label} ${clip(textOf(value), 60)}`];
  const { amount, unit } = value as Readonly<Record<string, Json>>;
  return typeof amount === 'number' && typeof unit === 'string' ? [`${label} ${money(amount, clip(unit, 12))}`] : [];
}

/** `/rules/<name>` of a gate's verdict: what each rule found. */
function ruleLines(path: string, value: Json | undefined, room: number): string[] {
  if (!path.startsWith('/rules/') || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { status, line } = value as Readonly<Record<string, Json>>;
  if (typeof status !== 'string' || typeof line !== 'string') return [];
  const head = `${padEnd(clip(status, 14).toUpperCase(), 12)} ${padEnd(clip(path.slice('/rules/'.length), 20), 16)}`;
  const lines = wrap(clip(line, 1000), Math.max(30, room - 30));
  return lines.map((text, at) => `    ${at === 0 ? head : ' '.repeat(29)} ${text}`.trimEnd());
}

function rowLine({ index, row }: RowVerdict): string {
  const at = `row ${count(index)}`;
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return `${at}  ${clip(textOf(row), 80)}`;
  const { lane, repeat, status, outcome, refusal } = row as Readonly<Record<string, Json>>;
  const result = outcome === null || outcome === undefined ? '' : ` → ${clip(textOf(outcome), 40)}`;
  const why = refusal === null || refusal === undefined ? '' : `  ${clip(textOf(refusal), 60)}`;
  return `${at}  ${clip(textOf(lane), 20)} #${clip(textOf(repeat), 6)}  ${clip(textOf(status), 20)}${result}${why}`;
}

function notChecked({ notChecked: sentences }: VerifiedBundle, { width }: Screen): string[] {
  if (sentences.length === 0) return [];
  const lines = sentences.flatMap((sentence) =>
    wrap(clip(sentence, 1000), width - 4).map((line, at) => `  ${at === 0 ? '-' : ' '} ${line}`),
  );
  return ['Not checked:', ...lines];
}

function meaning({ label, witnesses, kept }: VerifiedBundle): string {
  if (label === 'INVALID') return 'do not rely on anything in this file';
  const still = kept === 'not shown' ? '; nothing here shows that it continues the checkpoint you kept' : '';
  switch (label) {
    case 'SIGNED':
      return `signed by a valid key, not shown to be logged${still}`;
    case 'SELF-ATTESTED':
      return `logged; the operator alone vouches for the log${still}`;
    case 'LOGGED':
      return 'logged, in a log that continues the checkpoint you kept';
    case 'WITNESSED':
      return `logged; ${count(witnesses.have)} witnesses cosigned, ${count(witnesses.need)} required${still}`;
  }
}

function foot(verified: VerifiedBundle, { paint, width }: Screen): string[] {
  const style: Style =
    verified.exit === 0 ? ['green', 'bold'] : verified.label === 'INVALID' ? ['red', 'bold'] : ['yellow', 'bold'];
  const reason = verified.reasons.flatMap(({ code, message }) =>
    wrap(`${forTerminal(code)}: ${clip(message, 1000)}`, width - 4).map(
      (line, at) => `${at === 0 ? '  ' : '    '}${line}`,
    ),
  );
  if (verified.hint !== null) reason.push(`  ${clip(verified.hint, 300)}`);
  const left = `${paint(style, verified.label)}  ${meaning(verified)}`;
  const exit = `exit ${verified.exit}`;
  const line =
    displayWidth(left) + exit.length + 2 > width ? [left, exit] : [`${padEnd(left, width - exit.length)}${exit}`];
  const next =
    verified.kept === 'not shown' && verified.label !== 'INVALID'
      ? [
          `next: ask for it with  tenet decision export ${clip(verified.entry?.id ?? 'ID', 80)} --since <your checkpoint> --out bundle.json`,
        ]
      : [];
  return [...reason, ...line, ...next];
}
