import { fromBase64, toBase64 } from './base64.js';
import { equalBytes } from './bytes.js';
import { grouped, type BundleCase, type LogView } from './bundleCase.js';
import type { BundleReport } from './bundleReport.js';
import { openCheckpoint, type Checkpoint } from './checkpoint.js';
import { RecordError } from './errors.js';
import { verifyConsistency } from './verifyTree.js';

/** Older heads against the bundle's checkpoint. True when the one the verifier kept is among them: the log has not forked for them. */
export function checkConsistency(parts: BundleCase, log: LogView, report: BundleReport): boolean {
  const name = 'consistency';
  const { checkpoint } = log;
  const heads = new Map<number, Uint8Array>([[checkpoint.size, checkpoint.root]]);
  for (const { from, root, proof } of parts.bundle.consistency) {
    if (from < 1 || heads.has(from)) report.fail(name, 'bundle.consistency', `size ${from} is out of place`);
    const oldRoot = fromBase64(root);
    const claim = {
      oldSize: from,
      size: checkpoint.size,
      oldRoot,
      root: checkpoint.root,
      proof: proof.map(fromBase64),
    };
    if (!verifyConsistency(claim)) {
      report.fail(
        name,
        'bundle.consistency',
        `the tree of size ${grouped(from)} with root ${root} is no prefix of this log`,
      );
    }
    heads.set(from, oldRoot);
    report.pass(`${name}: ${grouped(from)} → ${grouped(checkpoint.size)}`, `root ${root}`);
  }
  checkAfter(parts, heads, report);
  return checkKept(parts, log, heads, report);
}

/** `after` says what the producer had seen. Proved where the bundle carries that head; impossible where it is younger than the record. */
function checkAfter({ main }: BundleCase, heads: ReadonlyMap<number, Uint8Array>, report: BundleReport): void {
  const name = 'not earlier than';
  const { after } = main.read.entry;
  if (after === undefined) return;
  if (main.receipt !== null && after.size > main.receipt.index) {
    report.fail(
      name,
      'bundle.after',
      `the record cites size ${grouped(after.size)}, yet it is leaf ${grouped(main.receipt.index)}`,
    );
  }
  const root = heads.get(after.size);
  if (root === undefined) {
    report.notChecked.push(
      `The checkpoint of size ${grouped(after.size)} that the record cites: no consistency proof for it in the bundle.`,
    );
    return;
  }
  if (toBase64(root) !== after.root) {
    report.fail(
      name,
      'bundle.after',
      `the record cites another root for size ${grouped(after.size)}: its producer was shown a different log`,
    );
  }
  report.notEarlierThan = after.size;
  report.pass(name, `the log's checkpoint of size ${grouped(after.size)} (log)`);
}

function checkKept(
  { kept, policy, verify }: BundleCase,
  { checkpoint }: LogView,
  heads: ReadonlyMap<number, Uint8Array>,
  report: BundleReport,
): boolean {
  const name = 'kept checkpoint';
  if (kept === undefined) return false;
  const keys = policy.logs.map((item) => item.key);
  const own = report.during(name, () => openKept(() => openCheckpoint(kept, keys, verify).checkpoint));
  if (own.origin !== checkpoint.origin) {
    report.info(name, `it is of ${own.origin}, the bundle's is of ${checkpoint.origin}: not comparable`);
    return false;
  }
  if (own.size === 0) return false;
  const root = heads.get(own.size);
  if (root === undefined) {
    const why =
      own.size > checkpoint.size ? 'it is newer than the bundle' : 'the bundle has no consistency proof from it';
    report.info(name, `size ${grouped(own.size)} could not be compared: ${why}`);
    return false;
  }
  if (!equalBytes(root, own.root)) {
    report.fail(
      name,
      'bundle.fork',
      `two signed histories: at size ${grouped(own.size)} you hold root ${toBase64(own.root)}, the bundle ${toBase64(root)}`,
    );
  }
  report.pass(name, `size ${grouped(own.size)} is a prefix of this log`);
  return true;
}

function openKept(open: () => Checkpoint): Checkpoint {
  try {
    return open();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RecordError('bundle.kept', `the kept checkpoint cannot be used: ${why}`, {}, { cause });
  }
}
