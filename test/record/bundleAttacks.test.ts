import { describe, expect, it } from 'vitest';
import {
  formatRootVkey,
  formatVkey,
  makeDisclosure,
  NOTE_ED25519,
  parsePolicy,
  toBase64,
  type BundleEntry,
  type BundleVerdict,
  type Policy,
} from '@tenet-ledger/record';
import { full } from './fullBundle.js';
import { refused as refusedUnder, verify as verifyUnder } from './refused.js';
import { nodeSigner, TestLog } from './support.js';

const { log, bundle, verdict: gate, keys, row } = full();
const other = new TestLog('ledger.example/other');
const good = bundle();
const policy = log.policy();

const verify = (value: unknown, under: Policy = policy): BundleVerdict => verifyUnder(value, under);
const refused = (value: unknown, code: string, under: Policy = policy): BundleVerdict =>
  refusedUnder(value, code, under);

describe('the untouched bundle', () => {
  it('verifies, so what follows fails for the reason given', () => {
    expect(verify(good).label).toBe('SELF-ATTESTED');
  });
});

describe('a bundle is refused when', () => {
  it('a good proof of another record is attached to this one (CVE-2026-22703)', () => {
    const elsewhere = log.entry(log.written.at(-1)!, log.note());
    refused({ ...good, entry: { ...good.entry, receipt: elsewhere.receipt } }, 'bundle.inclusion');
    refused({ ...good, entry: { ...good.entry, leaf: elsewhere.leaf, disclosures: [] } }, 'bundle.inclusion');
  });

  it('a disclosed value is not the one that was signed', () => {
    const forged = makeDisclosure('/decision/outcome', 'approve', new Uint8Array(16)).disclosure;
    const verdict = refused({ ...good, entry: { ...good.entry, disclosures: [forged] } }, 'bundle.disclosure');
    expect(verdict.fields.find((field) => field.path === '/decision/outcome')).toEqual({
      path: '/decision/outcome',
      status: 'MISMATCH',
    });
    const invented = makeDisclosure('/decision/appeal', 'none', new Uint8Array(16)).disclosure;
    const verdict2 = refused({ ...good, entry: { ...good.entry, disclosures: [invented] } }, 'bundle.disclosure');
    expect(verdict2.fields.find((field) => field.path === '/decision/appeal')?.status).toBe('MISMATCH');
    const inherited = makeDisclosure('/constructor', 'x', new Uint8Array(16)).disclosure;
    refused({ ...good, entry: { ...good.entry, disclosures: [inherited] } }, 'bundle.disclosure');
  });

  it('a disclosure of one entry is shown under another', () => {
    refused({ ...good, entry: { ...good.entry, disclosures: [gate.disclosures[2]!] } }, 'bundle.disclosure');
  });

  it('a field is disclosed twice', () => {
    const twice = [...good.entry.disclosures, good.entry.disclosures[0]!];
    refused({ ...good, entry: { ...good.entry, disclosures: twice } }, 'bundle.disclosure');
  });

  it('the checkpoint is signed by a key the policy does not list', () => {
    const impostor = parsePolicy(
      `log ${formatVkey(log.origin, NOTE_ED25519, nodeSigner(66).publicKey)}\nroot ${formatRootVkey(log.log, log.root.publicKey)}\nquorum none`,
    );
    refused(good, 'record.note.unverified', impostor);
    refused(good, 'bundle.policy', { ...policy, logs: [] });
  });

  it('a witness’s cosignature stands in for the log’s own signature', () => {
    const cosigned = log
      .note(7, [0])
      .split('\n')
      .filter((line) => !line.startsWith(`\u2014 ${log.origin} `))
      .join('\n');
    refused(bundle(cosigned), 'bundle.checkpoint');
  });

  it('the receipts are under two checkpoints, even two honest ones', () => {
    const later = log.note(7, [1]);
    refused({ ...good, keys: [log.entry(keys[0]!, later), good.keys[1]!] }, 'bundle.checkpoint');
  });

  it('the checkpoint is of another tenant’s log, or of no epoch of this one', () => {
    const renamed = { ...policy, logs: other.policy().logs };
    const note = other.note(7, [], log.rootAt());
    refused(bundle(note), 'bundle.origin', renamed);
  });

  it('the checkpoint has an extension line', () => {
    const note = log.note();
    const [head, tail] = note.split('\n\n');
    refused(bundle(`${head}\nextension\n\n${tail}`), 'record.checkpoint');
  });

  it('a signature line of the checkpoint is repeated, so that one of them would go unread', () => {
    const note = log.note();
    const line = note.slice(note.lastIndexOf('\u2014'));
    refused(bundle(note + line), 'bundle.checkpoint');
    refused(bundle(note + line.replace(/.{8}\n$/, 'AAAAAAA=\n')), 'bundle.checkpoint');
    const unknown = '\u2014 w9.example AAAAAAAA\n';
    refused(bundle(note + unknown + unknown), 'bundle.checkpoint');
  });

  it('a receipt carries an extra line, which nothing authenticates', () => {
    const receipt = good.entry.receipt!.replace('\nindex', '\nextra AAAA\nindex');
    refused({ ...good, entry: { ...good.entry, receipt } }, 'bundle.receipt');
  });

  it('an entry is of another log', () => {
    const foreign = other.key('add', log.producer, 'producer');
    const entry: BundleEntry = {
      leaf: foreign.leaf,
      disclosures: foreign.disclosures,
      receipt: good.keys[0]!.receipt!,
    };
    refused({ ...good, keys: [entry, good.keys[1]!] }, 'bundle.log');
  });

  it('an entry other than the record has no receipt', () => {
    const { receipt: _, ...bare } = good.related[0]!;
    refused({ ...good, related: [bare, good.related[1]!] }, 'bundle.receipt');
  });

  it('an entry occurs twice', () => {
    refused({ ...good, related: [...good.related, good.related[0]!] }, 'bundle.duplicate');
    refused({ ...good, rows: [row(1), row(1)] }, 'bundle.duplicate');
  });
});

describe('rows, erasures, consistency: a bundle is refused when', () => {
  const [first] = good.rows;

  it('a row is changed, moved, of another decision, or under an entry without results', () => {
    refused({ ...good, rows: [{ ...first!, row: first!.row.replace('approve', 'deny') }] }, 'bundle.rows');
    refused({ ...good, rows: [{ ...first!, index: 2 }] }, 'bundle.rows');
    refused({ ...good, rows: [row(0)] }, 'bundle.rows');
    refused({ ...good, rows: [{ ...first!, verdict: 'run_1' }] }, 'bundle.rows');
    refused({ ...good, rows: [{ ...first!, verdict: 'gate_2' }] }, 'bundle.rows');
    refused({ ...good, rows: [{ ...first!, proof: first!.proof.slice(1) }] }, 'bundle.rows');
  });

  it('the verdict withholds its results root', () => {
    const related = [good.related[0]!, { ...good.related[1]!, disclosures: [] }];
    refused({ ...good, related }, 'bundle.rows');
  });

  it('an erasure names nothing here, withholds its paths, or is none', () => {
    const erasures = [{ ...good.erasures[0]!, disclosures: [] }];
    refused({ ...good, erasures }, 'bundle.erasure');
    refused({ ...good, erasures: [good.related[0]!], related: [good.related[1]!] }, 'bundle.kind');
    const decision = log.written.at(-1)!;
    refused({ ...good, entry: log.entry(decision, log.note()), rows: [] }, 'bundle.unused');
  });

  it('an older head is no prefix of this log', () => {
    const [head] = good.consistency;
    refused({ ...good, consistency: [{ ...head!, root: toBase64(new Uint8Array(32)) }] }, 'bundle.consistency');
    refused({ ...good, consistency: [{ ...head!, proof: head!.proof.slice(1) }] }, 'bundle.consistency');
    refused({ ...good, consistency: [{ from: 0, root: head!.root, proof: [] }] }, 'bundle.consistency');
    refused({ ...good, consistency: [head!, head!] }, 'bundle.consistency');
    refused({ ...good, consistency: [{ from: 7, root: toBase64(log.rootAt()), proof: [] }] }, 'bundle.consistency');
  });

  it('the record cites a root this log never had, or a checkpoint younger than itself', () => {
    const own = new TestLog();
    const added = own.key('add', own.producer, 'producer');
    const shown = own.decision('dec_1', own.producer, { after: { size: 1, root: toBase64(new Uint8Array(32)) } });
    refused(own.bundle(shown, [added], { consistency: [own.consistency(1)] }), 'bundle.after', own.policy());
    const young = own.decision('dec_2', own.producer, { after: { size: 3, root: toBase64(new Uint8Array(32)) } });
    refused(own.bundle(young, [added]), 'bundle.after', own.policy());
  });
});
