import type { BundleReport } from './bundleReport.js';
import type { OpenedEntry } from './bundleEntry.js';
import { counted, grouped, type BundleCase } from './bundleCase.js';
import { verifyLeafSignature } from './entry.js';
import { keyStanding, mayAttest, readKeyStatement, type KeyEvent } from './keys.js';
import { kidOf } from './kid.js';
import type { VerifierKey } from './vkey.js';

/**
 * Every key entry is signed by a root key that the policy names for this log, and speaks of a key that signed something
 * in this bundle.
 */
export function checkKeys(parts: BundleCase, report: BundleReport): KeyEvent[] {
  const name = 'key history';
  const { keys, all, main } = parts;
  const signers = new Set(all.filter(({ read }) => read.entry.kind !== 'key').map(({ read }) => read.keyid));
  const events = keys.map((opened) =>
    report.during(name, () => {
      const { place, read, values, receipt } = opened;
      const statement = readKeyStatement(read.entry, values);
      if (!signers.has(statement.kid)) {
        report.fail(
          name,
          'bundle.unused',
          `${place}: ${statement.kid} signed nothing in this bundle (${main.read.entry.id})`,
        );
      }
      checkRootSignature(parts, opened, report);
      return { ...statement, index: receipt!.index };
    }),
  );
  if (events.length > 0)
    report.pass(name, `${counted(events.length, 'key entry', 'key entries')} signed by the root key of the policy`);
  return events;
}

function checkRootSignature(
  { policy, verify }: BundleCase,
  { place, read }: OpenedEntry,
  report: BundleReport,
): VerifierKey {
  const name = 'root signature';
  const { log } = read.entry;
  const root = policy.roots.find((key) => key.name === log && kidOf(key.publicKey) === read.keyid);
  if (root === undefined) {
    report.fail(
      name,
      'bundle.root',
      `${place} is signed by ${read.keyid}, which the policy does not name as a root key of ${log}`,
    );
  }
  if (!verifyLeafSignature(read, root.publicKey, verify)) {
    report.fail(name, 'bundle.signature', `${place}: the root key's signature does not verify`);
  }
  return root;
}

/** The record and everything that speaks of it, each under a key that counted at its own index. */
export function checkSignatures(parts: BundleCase, events: readonly KeyEvent[], report: BundleReport): void {
  for (const opened of [parts.main, ...parts.related, ...parts.erasures]) {
    const label = opened === parts.main ? 'record signature' : `signature of ${opened.read.entry.id}`;
    const name = `${label} (joint Ed25519 rule)`;
    if (opened.read.entry.kind === 'key') {
      checkRootSignature(parts, opened, report);
      report.pass(name, `root key ${opened.read.keyid}, named by the policy`);
    } else {
      report.pass(name, checkRecordSignature(parts, opened, events, name, report));
    }
  }
}

function checkRecordSignature(
  { verify }: BundleCase,
  { place, read, receipt }: OpenedEntry,
  events: readonly KeyEvent[],
  name: string,
  report: BundleReport,
): string {
  const { kind } = read.entry;
  const standing = keyStanding(events, read.keyid, receipt?.index ?? null);
  if (!standing.valid) report.fail(name, 'bundle.key', `${place}: ${standing.why}`);
  if (!mayAttest(standing.role, kind)) {
    report.fail(name, 'bundle.role', `${place}: a key with role ${standing.role} may not sign entries of kind ${kind}`);
  }
  if (!verifyLeafSignature(read, standing.publicKey, verify)) {
    report.fail(name, 'bundle.signature', `${place}: the signature does not verify under ${read.keyid}`);
  }
  const at = receipt === null ? 'not ended in this bundle' : `valid at index ${grouped(receipt.index)}`;
  const ended = standing.endedAt === null ? '' : `, ended at index ${grouped(standing.endedAt)}`;
  return `key ${read.keyid} (${standing.role}), ${at}${ended}`;
}
