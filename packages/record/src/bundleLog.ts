import { toHex, utf8 } from './bytes.js';
import { counted, grouped, type BundleCase, type LogView } from './bundleCase.js';
import { parseCheckpoint, type Checkpoint } from './checkpoint.js';
import type { BundleReport } from './bundleReport.js';
import { leafHash } from './hash.js';
import { openNote, splitNote } from './note.js';
import { evaluateQuorum, type PolicyWitness } from './policy.js';
import { verifyInclusion } from './verifyTree.js';

/** All entries are of one log; ids and leaves are distinct. Otherwise a key or verdict of another tenant could be brought in. */
export function checkLog({ all, main }: BundleCase, report: BundleReport): void {
  const log = main.read.entry.log;
  const ids = new Set<string>();
  for (const { place, read } of all) {
    const { entry } = read;
    if (entry.log !== log) report.fail('log', 'bundle.log', `${place} is of log ${entry.log}, the record is of ${log}`);
    if (ids.has(entry.id))
      report.fail('log', 'bundle.duplicate', `${place}: id ${entry.id} occurs twice in the bundle`);
    ids.add(entry.id);
  }
}

/** What the receipts claim, all in one voice: nobody has signed it yet as far as this function knows. */
export function readCheckpoint({ all, main }: BundleCase, report: BundleReport): { note: string; claimed: Checkpoint } {
  const name = 'checkpoint form';
  const notes = new Set(all.flatMap(({ receipt }) => (receipt === null ? [] : [receipt.checkpoint])));
  const [note] = notes;
  if (note === undefined) report.fail(name, 'bundle.checkpoint', 'no entry of the bundle has a receipt');
  if (notes.size > 1) report.fail(name, 'bundle.checkpoint', 'the receipts are under different checkpoints');
  const claimed = report.during(name, () => parseCheckpoint(splitNote(note).text));
  const { log } = main.read.entry;
  const epoch = claimed.origin.startsWith(`${log}/`) ? claimed.origin.slice(log.length + 1) : '';
  if (!/^[A-Za-z0-9_.-]+$/.test(epoch)) {
    report.fail(name, 'bundle.origin', `the checkpoint is of ${claimed.origin}, the record is of log ${log}`);
  }
  return { note, claimed };
}

/** Signed by a log key of the policy whose name is the origin; every line read once. */
export function checkCheckpoint(
  { policy, verify }: BundleCase,
  { note, claimed }: { note: string; claimed: Checkpoint },
  report: BundleReport,
): LogView {
  const name = 'checkpoint signature';
  const { origin, size } = claimed;
  const logKeys = policy.logs.map((item) => item.key).filter((key) => key.name === origin);
  if (logKeys.length === 0) report.fail(name, 'bundle.policy', `the policy lists no log key for ${origin}`);
  const keys = [...logKeys, ...policy.witnesses.map((item) => item.key)];
  const opened = report.during(name, () => openNote(note, keys, verify));
  // A repeated line would be skipped unread, and bytes nobody reads could change.
  if (splitNote(note).lines.length !== opened.verified.length + opened.unverified.length) {
    report.fail(name, 'bundle.checkpoint', 'a signature line of the checkpoint is repeated');
  }
  if (!opened.verified.some((line) => logKeys.includes(line.key))) {
    report.fail(name, 'bundle.checkpoint', `no log key of the policy signed the checkpoint of ${origin}`);
  }
  report.pass(name, `${origin}, size ${grouped(size)}`);
  return {
    checkpoint: claimed,
    opened,
    unknownSigners: opened.unverified.map((line) => `${line.name}+${line.keyId}`),
  };
}

/** Every entry's own leaf, under the one checkpoint. Only the record itself may lack a receipt (label SIGNED). */
export function checkInclusion({ all, main }: BundleCase, checkpoint: Checkpoint, report: BundleReport): void {
  const root = toHex(checkpoint.root);
  const seen = new Set<number>();
  let others = 0;
  for (const opened of all) {
    const { receipt, place } = opened;
    const name = opened === main ? 'inclusion' : `inclusion of ${place}`;
    if (receipt === null) {
      if (opened !== main) report.fail(name, 'bundle.receipt', `${place} has no receipt`);
      report.info(name, 'no receipt: the record is not shown to be logged');
      continue;
    }
    const { index, hashes } = receipt;
    if (seen.has(index)) report.fail(name, 'bundle.duplicate', `two entries claim index ${index}`);
    seen.add(index);
    const claim = {
      leafHash: leafHash(utf8(opened.leaf)),
      index,
      size: checkpoint.size,
      proof: hashes,
      root: checkpoint.root,
    };
    const where = `leaf ${grouped(index)} of ${grouped(checkpoint.size)}`;
    if (!verifyInclusion(claim)) {
      report.fail(name, 'bundle.inclusion', `${place} (${opened.read.entry.id}) is not ${where} under root ${root}`);
    }
    if (opened === main) report.pass(`inclusion: ${where}`, `root ${root.slice(0, 4)}…${root.slice(-2)}`);
    else others += 1;
  }
  if (others > 0)
    report.pass('inclusion of the other entries', `${counted(others, 'entry', 'entries')} under the same root`);
}

/** A policy with a quorum accepts no checkpoint without it; "quorum none" only reports what is there. */
export function checkWitnesses({ policy }: BundleCase, { opened }: LogView, report: BundleReport): boolean {
  const name = 'witnesses';
  const times = new Map<PolicyWitness, number>();
  for (const line of opened.verified) {
    const witness = policy.witnesses.find((item) => item.key === line.key);
    if (witness !== undefined && line.time !== undefined) times.set(witness, line.time);
  }
  const quorum = evaluateQuorum(policy, new Set([...times.keys()].map((witness) => witness.name)));
  report.witnesses = { have: quorum.have, need: quorum.need };
  if (!quorum.met) {
    report.fail(
      name,
      'bundle.quorum',
      `${quorum.have} of the listed witnesses cosigned; the quorum "${policy.quorum}" is not met`,
    );
  }
  if (times.size === 0) return false;
  // The latest of them holds if any one of these witnesses is honest.
  report.notLaterThan = isoTime(Math.max(...times.values()));
  const detail = `${[...times.keys()].map((witness) => witness.name).join(', ')}; not later than ${report.notLaterThan}`;
  if (quorum.need === 0) report.info(`${name} ${quorum.have}, none required`, detail);
  else report.pass(`${name} ${quorum.have} of ${policy.witnesses.length}, ${quorum.need} required`, detail);
  return quorum.need > 0;
}

function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `POSIX time ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
