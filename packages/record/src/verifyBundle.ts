import { toBase64 } from './base64.js';
import { parseBundle, type EvidenceBundle } from './bundle.js';
import { checkConsistency } from './bundleConsistency.js';
import { fieldVerdicts, openBundleEntry, summarize, type Erasures, type OpenedEntry } from './bundleEntry.js';
import { checkErasures, checkRelations, checkRows } from './bundleRelated.js';
import { checkKeys, checkSignatures } from './bundleKeys.js';
import { checkCheckpoint, checkInclusion, checkLog, checkWitnesses, readCheckpoint } from './bundleLog.js';
import { BundleReport } from './bundleReport.js';
import type { BundleLabel, BundleVerdict, RowVerdict } from './bundleVerdict.js';
import { portableVerify } from './ed25519.js';
import { RecordError } from './errors.js';
import { counted, type BundleCase } from './bundleCase.js';
import type { Policy } from './policy.js';
import type { Ed25519Verify } from './types.js';

export interface VerifyBundleOptions {
  /** From the auditor, out of band; read it with `parsePolicy`. */
  readonly policy: Policy;
  /** Must give the joint verdict. Default: `portableVerify`. */
  readonly verify?: Ed25519Verify;
  /** A checkpoint note of this log that the verifier holds from earlier or from elsewhere. */
  readonly kept?: string;
}

/**
 * The one place that binds record, leaf, proof, checkpoint and keys together: a caller that combines the parts itself
 * can be given a good proof of something else. Never throws for bad input: whatever is wrong with `bytes` becomes an
 * INVALID verdict with a reason. Stops at the first check that fails; the cheap ones come first.
 */
export function verifyBundle(bytes: string | Uint8Array, options: VerifyBundleOptions): BundleVerdict {
  const report = new BundleReport();
  let parts: BundleCase | null = null;
  try {
    parts = open(bytes, options, report);
    return verify(parts, report);
  } catch (error) {
    report.refuse(
      error instanceof RecordError
        ? error
        : new RecordError('bundle.unreadable', `the bundle cannot be read: ${String(error)}`),
    );
    return verdict(report, parts, 'INVALID', new Map(), []);
  }
}

function open(bytes: string | Uint8Array, options: VerifyBundleOptions, report: BundleReport): BundleCase {
  const bundle = report.during('bundle form', () => parseBundle(bytes));
  const list = (entries: EvidenceBundle['keys'], name: string): OpenedEntry[] =>
    entries.map((entry, i) => report.during('leaf form', () => openBundleEntry(entry, `${name}/${i}`)));
  const main = report.during('leaf form', () => openBundleEntry(bundle.entry, 'entry'));
  const keys = list(bundle.keys, 'keys');
  const related = list(bundle.related, 'related');
  const erasures = list(bundle.erasures, 'erasures');
  const all = [main, ...keys, ...related, ...erasures];
  const { policy, verify: verifySignature = portableVerify, kept } = options;
  return { bundle, policy, verify: verifySignature, kept, main, keys, related, erasures, all };
}

function verify(parts: BundleCase, report: BundleReport): BundleVerdict {
  report.pass('bundle form', 'every byte is canonical and every member known');
  checkDisclosures(parts, report);
  checkLog(parts, report);
  const read = readCheckpoint(parts, report);
  checkInclusion(parts, read.claimed, report);
  const log = checkCheckpoint(parts, read, report);
  const { origin, size, root } = log.checkpoint;
  report.checkpoint = { origin, size, root: toBase64(root) };
  const witnessed = checkWitnesses(parts, log, report);
  const events = checkKeys(parts, report);
  checkSignatures(parts, events, report);
  const erased = checkErasures(parts, report);
  const rows = checkRows(parts, report);
  checkRelations(parts, report);
  const consistent = checkConsistency(parts, log, report);
  const label: BundleLabel =
    parts.main.receipt === null ? 'SIGNED' : witnessed ? 'WITNESSED' : consistent ? 'LOGGED' : 'SELF-ATTESTED';
  report.describeLimits(label, log);
  return verdict(report, parts, label, erased, rows);
}

/** A disclosure that does not match makes the whole bundle INVALID: somebody claims a value the record does not hold. */
function checkDisclosures({ all }: BundleCase, report: BundleReport): void {
  for (const { place, mismatched } of all) {
    if (mismatched.size === 0) continue;
    const paths = [...mismatched].join(', ');
    report.fail(
      'disclosures',
      'bundle.disclosure',
      `${place}: the disclosed value of ${paths} is not the one that was signed`,
    );
  }
  const count = all.reduce((sum, { values }) => sum + values.size, 0);
  report.pass(
    'disclosures',
    `${counted(count, 'disclosed value matches its', 'disclosed values match their')} signed ${count === 1 ? 'digest' : 'digests'}`,
  );
}

function verdict(
  report: BundleReport,
  parts: BundleCase | null,
  label: BundleLabel,
  erased: ReadonlyMap<string, Erasures>,
  rows: readonly RowVerdict[],
): BundleVerdict {
  const stands = label !== 'INVALID';
  const none: Erasures = new Map();
  const fields = (opened: OpenedEntry) => fieldVerdicts(opened, erased.get(opened.read.entry.id) ?? none, stands);
  return {
    label,
    witnesses: report.witnesses,
    checks: report.checks,
    notChecked: report.notChecked,
    entry: parts === null ? null : summarize(parts.main),
    fields: parts === null ? [] : fields(parts.main),
    related:
      parts === null || !stands
        ? []
        : parts.related.map((opened) => ({ entry: summarize(opened), fields: fields(opened) })),
    rows,
    checkpoint: report.checkpoint,
    notLaterThan: report.notLaterThan,
    notEarlierThan: report.notEarlierThan,
    reasons: report.reasons,
  };
}
