import {
  digestOf,
  fromBase64,
  leafHash,
  mayAttest,
  openCheckpoint,
  readDisclosure,
  readKeyStatement,
  readLeaf,
  RecordError,
  sHash,
  utf8,
  verifyInclusion,
  verifyLeafSignature,
  type Checkpoint,
  type Ed25519Verify,
  type Entry,
  type Json,
  type KeyStatement,
  type Policy,
  type ReadLeaf,
} from '@tenet-ledger/record';
import type { Certificate, CertifiedDuplicate, CertifiedEntry } from './certificate.js';
import { ChainInspector } from './inspectChain.js';
import type { ProducerReport } from './types.js';

/** What an auditor finds who has the file and the policy, and nothing of ours. */
export interface CertificateVerdict {
  readonly valid: boolean;
  /** Why it is not. */
  readonly problems: readonly string[];
  /** What the leaves themselves show; null where they could not be read. Conflicts are not in a log and not in here. */
  readonly report: ProducerReport | null;
  readonly checkpointSize: number | null;
}

const MAX_PROBLEMS = 20;

/** Recomputes a certificate from its leaves: proofs, signatures, the chain, and the report. Never throws for what a file can hold. */
export function verifyCertificate(value: unknown, policy: Policy, verify: Ed25519Verify): CertificateVerdict {
  const problems: string[] = [];
  try {
    const certificate = shapeOf(value);
    const checkpoint = openHead(certificate, policy, verify);
    const key = openKey(certificate, checkpoint, policy, verify);
    const report = recompute(certificate, checkpoint, key, verify, problems);
    if (report !== null && report.verdict !== certificate.report.verdict && certificate.report.conflicts === 0)
      problems.push(`the leaves show ${report.verdict}, the file says ${String(certificate.report.verdict)}`);
    return { valid: problems.length === 0, problems, report, checkpointSize: checkpoint.size };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { valid: false, problems: [...problems, error.message], report: null, checkpointSize: null };
  }
}

const malformed = (why: string): never => {
  throw new RecordError('record.certificate', `not a certificate: ${why}`);
};

function shapeOf(value: unknown): Certificate {
  const { v, log, checkpoint, report, key, entries } = (value ?? {}) as Partial<Record<keyof Certificate, unknown>>;
  if (v !== 1) malformed('v is not 1');
  if (typeof log !== 'string' || typeof checkpoint !== 'string') malformed('log or checkpoint is missing');
  if (typeof report !== 'object' || report === null) malformed('report is missing');
  if (!isCertified(key) || !Array.isArray(entries) || entries.length === 0 || !entries.every(isEither))
    malformed('key or entries do not fit');
  return value as Certificate;
}

function isCertified(value: unknown): value is CertifiedEntry {
  const { leaf, index, proof, disclosures = [] } = (value ?? {}) as Partial<Record<keyof CertifiedEntry, unknown>>;
  const texts = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return typeof leaf === 'string' && Number.isSafeInteger(index) && texts(proof) && texts(disclosures);
}

function isEither(value: unknown): value is CertifiedEntry | CertifiedDuplicate {
  const { leaf, duplicateOf } = (value ?? {}) as Partial<Record<keyof CertifiedDuplicate, unknown>>;
  return duplicateOf === undefined ? isCertified(value) : typeof leaf === 'string' && isCertified(duplicateOf);
}

const isDuplicate = (one: CertifiedEntry | CertifiedDuplicate): one is CertifiedDuplicate => 'duplicateOf' in one;

function openHead({ checkpoint: note, log }: Certificate, policy: Policy, verify: Ed25519Verify): Checkpoint {
  const logs = policy.logs.map(({ key }) => key);
  const { checkpoint, note: opened } = openCheckpoint(note, logs, verify);
  if (!checkpoint.origin.startsWith(`${log}/`)) malformed(`its checkpoint is of ${checkpoint.origin}`);
  if (!opened.verified.some(({ key }) => key.name === checkpoint.origin))
    malformed('no log of the policy signed its checkpoint');
  return checkpoint;
}

/** Key of the producer: stated by an entry that the root of the policy signed. */
function openKey({ key, log }: Certificate, head: Checkpoint, policy: Policy, verify: Ed25519Verify): KeyStatement {
  const read = readLeaf(key.leaf);
  const root = policy.roots.find(({ name }) => name === log) ?? malformed(`the policy has no root key for ${log}`);
  if (!verifyLeafSignature(read, root.publicKey, verify))
    malformed('the entry of its key is not signed by the root key');
  if (!isIn(head, key)) malformed('the entry of its key is not under the checkpoint');
  return readKeyStatement(read.entry, openFields(read, key.disclosures ?? []));
}

function openFields({ entry }: ReadLeaf, disclosures: readonly string[]): Map<string, Json> {
  const fields = new Map<string, Json>();
  for (const disclosure of disclosures) {
    const { path, value } = readDisclosure(disclosure);
    if (entry.fields[path] !== digestOf(disclosure)) malformed(`the value of ${path} does not belong to its entry`);
    fields.set(path, value);
  }
  return fields;
}

const isIn = ({ size, root }: Checkpoint, { leaf, index, proof }: CertifiedEntry): boolean =>
  verifyInclusion({ leafHash: leafHash(utf8(leaf)), index, size, root, proof: proof.map((one) => fromBase64(one)) });

function recompute(
  { entries, log, report }: Certificate,
  head: Checkpoint,
  key: KeyStatement,
  verify: Ed25519Verify,
  problems: string[],
): ProducerReport | null {
  const inspector = new ChainInspector();
  const values = new Map<string, ReadonlyMap<string, Json>>();
  const say = (problem: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  let last = 0;
  for (const certified of entries) {
    const read = readLeaf(certified.leaf);
    const { entry, payload } = read;
    const { seq, id, kid, prev } = entry.producer;
    const at = `number ${seq}`;
    if (id !== report.producer || kid !== key.kid || entry.log !== log) say(`${at} is of another producer, key or log`);
    if (seq <= last) say(`${at} stands behind number ${last}`);
    if (isDuplicate(certified))
      duplicateProblems(head, certified, entry).forEach((problem) => say(`${at}: ${problem}`));
    else if (!isIn(head, certified)) say(`${at} is not in the tree at index ${certified.index}`);
    if (!verifyLeafSignature(read, key.publicKey, verify)) say(`the signature of ${at} does not verify`);
    if (!mayAttest(key.role, entry.kind)) say(`${at} is of a kind that its key may not sign`);
    last = seq;
    if (entry.kind === 'capture' && !isDuplicate(certified))
      values.set(entry.id, openFields(read, certified.disclosures ?? []));
    inspector.add({
      id: entry.id,
      seq,
      kind: entry.kind,
      type: entry.type,
      agent: entry.agent,
      session: null,
      occurredAt: entry.occurred_at,
      index: isDuplicate(certified) ? null : certified.index,
      sHash: sHash(payload),
      prev: prev ?? null,
      duplicate: isDuplicate(certified),
    });
  }
  return inspector.report({ producer: report.producer, kid: key.kid, conflicts: 0 }, values);
}

/** The producer signed it; the log has its id by another leaf. */
function duplicateProblems(head: Checkpoint, { leaf, duplicateOf }: CertifiedDuplicate, { id, log }: Entry): string[] {
  const kept = readLeaf(duplicateOf.leaf).entry;
  return [
    ...(kept.id === id && kept.log === log ? [] : [`it is ${id} and is called a duplicate of ${kept.id}`]),
    ...(duplicateOf.leaf === leaf ? ['it is the entry itself, not a duplicate of it'] : []),
    ...(isIn(head, duplicateOf)
      ? []
      : [`the entry that stands for it is not in the tree at index ${duplicateOf.index}`]),
  ];
}
