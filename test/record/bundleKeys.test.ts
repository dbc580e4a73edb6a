import { describe, expect, it } from 'vitest';
import { formatRootVkey, parsePolicy, utf8, type BundleVerdict, type Policy } from '@tenet-ledger/record';
import { full } from './fullBundle.js';
import { refused as refusedUnder, verify as verifyUnder } from './refused.js';
import { nodeSigner, TestLog } from './support.js';

const { log, bundle } = full();
const good = bundle();
const policy = log.policy();

const verify = (value: unknown, under: Policy = policy): BundleVerdict => verifyUnder(value, under);
const refused = (value: unknown, code: string, under: Policy = policy): BundleVerdict =>
  refusedUnder(value, code, under);

describe('keys: a bundle is refused when', () => {
  it('the key history is missing, or does not add the key', () => {
    refused({ ...good, keys: [good.keys[1]!] }, 'bundle.key');
    refused({ ...good, keys: [] }, 'bundle.key');
  });

  it('the policy names no root key, another one, or this one for another log', () => {
    refused(good, 'bundle.root', { ...policy, roots: [] });
    const wrong = (name: string, publicKey: Uint8Array) =>
      parsePolicy(`root ${formatRootVkey(name, publicKey)}\nquorum none`).roots;
    refused(good, 'bundle.root', { ...policy, roots: wrong(log.log, nodeSigner(77).publicKey) });
    refused(good, 'bundle.root', { ...policy, roots: wrong('ledger.example/other', log.root.publicKey) });
  });

  it('a key adds itself or is added by another record key', () => {
    for (const by of [nodeSigner(50), nodeSigner(3)]) {
      const own = new TestLog();
      const added = own.key('add', nodeSigner(50), 'producer', by);
      const record = own.decision('dec_1', nodeSigner(50));
      refused(own.bundle(record, [added]), 'bundle.root', own.policy());
    }
  });

  it('the record lies before its key, or at or after the end of it', () => {
    const early = new TestLog();
    const record = early.decision('dec_1');
    refused(early.bundle(record, [early.key('add', early.producer, 'producer')]), 'bundle.key', early.policy());
    for (const action of ['retire', 'revoke'] as const) {
      const late = new TestLog();
      const history = [late.key('add', late.producer, 'producer'), late.key(action, late.producer, 'producer')];
      refused(late.bundle(late.decision('dec_1'), history), 'bundle.key', late.policy());
    }
  });

  it('a producer’s key signs a verdict', () => {
    const own = new TestLog();
    const added = own.key('add', own.producer, 'producer');
    const verdict = own.decision('gate_1', own.producer, { kind: 'verdict' });
    refused(own.bundle(verdict, [added]), 'bundle.role', own.policy());
  });

  it('a key entry is one that nothing in the bundle needs, or withholds its statement', () => {
    const own = new TestLog();
    const history = [own.key('add', own.producer, 'producer'), own.key('add', own.platform, 'platform')];
    const record = own.decision('dec_1');
    refused(own.bundle(record, history), 'bundle.unused', own.policy());
    const whole = own.bundle(record, [history[0]!]);
    expect(verify(whole, own.policy()).label).toBe('SELF-ATTESTED');
    refused({ ...whole, keys: [{ ...whole.keys[0]!, disclosures: [] }] }, 'record.key', own.policy());
  });

  it('an entry of another kind is slipped in among the keys, or a key among the related', () => {
    refused({ ...good, keys: [...good.keys, good.related[0]!], related: [good.related[1]!] }, 'record.key');
    refused({ ...good, keys: [good.keys[1]!], related: [...good.related, good.keys[0]!] }, 'bundle.key');
  });

  it('the signature is by the right key over another statement', () => {
    const own = new TestLog();
    const added = own.key('add', own.producer, 'producer');
    const liar = { ...own.producer, sign: () => own.producer.sign(utf8('something else')) };
    const record = own.decision('dec_1', liar);
    refused(own.bundle(record, [added]), 'bundle.signature', own.policy());
    const root = { ...own.root, sign: () => new Uint8Array(64) };
    const fresh = new TestLog();
    const badlyAdded = fresh.key('add', fresh.producer, 'producer', root);
    refused(fresh.bundle(fresh.decision('dec_1'), [badlyAdded]), 'bundle.signature', fresh.policy());
  });
});
