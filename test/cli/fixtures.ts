import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalize,
  flattenRecord,
  formatBundle,
  leafHash,
  memoryReader,
  inclusionProof,
  rootOf,
  toBase64,
  utf8,
  type EvidenceBundle,
  type Json,
} from '@tenet-ledger/record';
import { exampleRecord, LOG, nodeSigner, rawBundle, TestLog, type Written } from '../record/support.js';

export const HOSTILE = 'first line\n\u001b[2J\u001b]0;title\u0007\u009b31m \u202e reversed';

const APPLICANTS = [
  'id,Age,Sex,Job,Housing,Saving accounts,Checking account,Credit amount,Duration,Purpose',
  '0,67,male,2,own,NA,little,1169,6,radio/TV',
  '1,22,female,2,own,little,moderate,a lot,48,radio/TV',
  '',
].join('\n');

const LIVE_BUDGET = `version: 1
name: live
agent: underwriter
type: loan.approve
lanes:
  model: live
budget:
  maxCost: 2.5
`;

const row = (repeat: number, lane: string, outcome: string): Json => ({
  v: 1,
  run: `run_${lane}`,
  lane,
  repeat,
  decision: 'dec_A',
  status: 'done',
  outcome,
  refusal: null,
});

/** A log with everything a bundle can show, and files made from it: what an auditor has, and what is sent to them. */
export function writeFixtures(folder: string): void {
  const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, name), text);
  const { log, keys, decision, hostile, verdict, rows, erasure } = makeLog();
  const note = log.note();
  const chosen = (written: Written, keep: (path: string) => boolean): Written => ({
    ...written,
    disclosures: written.disclosures.filter((text) => keep(pathOf(text))),
  });
  const bundle = (more: Partial<EvidenceBundle> = {}, of = decision, under = note): EvidenceBundle => {
    // The key history of the keys that signed something in the bundle, and of no other.
    const signers = more.related === undefined && more.erasures === undefined ? keys.slice(1) : keys;
    return log.bundle(of, signers, more, under);
  };
  const full = bundle({
    entry: log.entry(
      chosen(decision, (path) => path !== '/reasoning/1'),
      note,
    ),
    related: [log.entry(verdict, note)],
    rows: rows.map(({ text, index, proof }) => ({ verdict: verdict.id, index, proof, row: text })),
  });
  const text = formatBundle(full);
  write('applicants.csv', APPLICANTS);
  write('live-budget.yaml', LIVE_BUDGET);
  write('policy.txt', log.policyText());
  write('witnessed.policy', log.policyText('two'));
  write('bad.policy', `${log.policyText()}nonsense here\n`);
  write('kept.checkpoint', log.note(3));
  write('bundle.json', text);
  write('plain.json', formatBundle(bundle({}, decision)));
  write('consistent.json', formatBundle(bundle({ consistency: [log.consistency(3)] })));
  write(
    'erased.json',
    formatBundle(
      bundle({
        entry: log.entry(
          chosen(decision, (path) => path !== '/context/inputs'),
          note,
        ),
        erasures: [log.entry(erasure, note)],
      }),
    ),
  );
  write('witnessed.json', formatBundle(bundle({}, decision, log.note(log.written.length, [0, 1]))));
  write('hostile.json', formatBundle(bundle({}, hostile)));

  write('truncated.json', text.slice(0, text.length / 2));
  write('not.json', 'PK\u0003\u0004 not a bundle');
  write('twice.json', text.replace('{"consistency":', '{"consistency":[],"consistency":'));
  write('unknown.json', rawBundle({ ...full, extra: 1 }));
  write('pretty.json', JSON.stringify(full, null, 2));
  write('flipped.json', flipped(text));
  write('huge.json', Buffer.alloc(64 * 1024 * 1024 + 1, 0x20));
  write('stranger.json', formatBundle(strangers()));
  write('forked.checkpoint', log.note(3, [], new Uint8Array(32).fill(7)));
  writeGatePolicies(write);
  mkdirSync(join(folder, 'configured'));
  write('configured/tenet.config.yaml', 'tenant: acme\ndatabaseUrl: postgres://app:secret@db.example:5432/tenet\n');
  write('wrong.config.yaml', 'tenant: acme\ntemporal:\n  adress: localhost:7233\n');
}

const pathOf = (disclosure: string): string =>
  (JSON.parse(Buffer.from(disclosure, 'base64url').toString('utf8')) as [string, string])[1];

function makeLog() {
  const log = new TestLog();
  const keys = [log.key('add', log.platform, 'platform'), log.key('add', log.producer, 'producer')];
  const decision = log.decision('dec_A');
  const hostile = log.append(
    { id: 'dec_H', fields: flattenRecord({ ...exampleRecord, reasoning: [HOSTILE], decision: { outcome: HOSTILE } }) },
    log.producer,
  );
  const texts = [row(1, 'candidate', 'approve'), row(1, 'control', 'deny'), row(2, 'control', 'deny')].map((value) =>
    canonicalize(value),
  );
  const hashes = texts.map((text) => leafHash(utf8(text)));
  const proofs = texts.map((text, index) => ({
    text,
    index,
    proof: inclusionProof(index, hashes.length, memoryReader(hashes)).map(toBase64),
  }));
  const verdict = log.append(
    {
      kind: 'verdict',
      type: 'gate.verdict',
      id: 'ent_verdict',
      agent: 'platform',
      links: [{ rel: 'about', id: 'dec_A' }],
      fields: [
        { path: '/status', value: 'fail' },
        { path: '/candidate', value: 'underwriter@1.1.0' },
        { path: '/resultsRoot', value: toBase64(rootOf(hashes)) },
        { path: '/resultsSize', value: hashes.length },
      ],
    },
    log.platform,
  );
  const erasure = log.append(
    {
      kind: 'erasure',
      type: 'erasure',
      id: 'ent_erasure',
      agent: 'platform',
      links: [{ rel: 'erases', id: 'dec_A' }],
      fields: [{ path: '/erasure/paths', value: ['/context/inputs'] }],
    },
    log.platform,
  );
  return { log, keys, decision, hostile, verdict, rows: proofs, erasure };
}

/** Another log of the same name, with another root and other keys: what a forger would send. */
function strangers(): EvidenceBundle {
  const log = new TestLog(LOG);
  const root = nodeSigner(77);
  const producer = nodeSigner(78);
  const key = log.key('add', producer, 'producer', root);
  return log.bundle(log.decision('dec_A', producer), [key]);
}

/** One digit of a hash in the middle of the file. */
function flipped(text: string): string {
  const at = text.indexOf('"leaf":"') + 200;
  const swap = text[at] === 'A' ? 'B' : 'A';
  return text.slice(0, at) + swap + text.slice(at + 1);
}

function writeGatePolicies(write: (name: string, text: string) => void): void {
  const good = [
    'version: 1',
    'name: pre-deploy',
    'agent: underwriter',
    'type: loan.approve',
    'cohort: { size: 300, seed: 7 }',
    'maxFlipRate: 5 %',
    'rationale:',
    '  forbidden:',
    '    - { id: age, terms: [age, young], why: the law forbids it }',
    'stake: { path: /context/inputs/amount, unit: DM }',
  ];
  write('gate.yaml', `${good.join('\n')}\n`);
  write('margin.yaml', `${good.join('\n').replace('5 %', '120 %')}\n`);
  write('unknown.yaml', `${good.join('\n')}\nmaxFlipRates: 2 %\n`);
  write('broken.yaml', 'version: 1\nname: [unclosed\n');
  write('small.yaml', `${good.join('\n').replace('size: 300', 'size: 40')}\n`);
}
