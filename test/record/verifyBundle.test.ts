import { describe, expect, it } from 'vitest';
import {
  formatBundle,
  parseBundle,
  rootOf,
  utf8,
  verifyBundle,
  type BundleVerdict,
  type EvidenceBundle,
  type VerifyBundleOptions,
} from '@tenet-ledger/record';
import { full } from './fullBundle.js';
import { joint, nodeSha256, TestLog } from './support.js';

function small() {
  const log = new TestLog();
  const added = log.key('add', log.producer, 'producer');
  const main = log.decision('dec_1');
  return { log, added, main };
}

/** Verified with the native joint rule: the same verdicts, faster. */
const check = (bundle: EvidenceBundle, options: VerifyBundleOptions): BundleVerdict =>
  verifyBundle(formatBundle(bundle), { verify: joint, ...options });

const statuses = (verdict: BundleVerdict): string[] => verdict.checks.map(({ status, name }) => `${status} ${name}`);

describe('verifyBundle', () => {
  it('calls a logged record that the operator alone signed SELF-ATTESTED, and says what a witness would add', () => {
    const { log, added, main } = small();
    const verdict = verifyBundle(formatBundle(log.bundle(main, [added])), { policy: log.policy() });
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(statuses(verdict)).toEqual([
      'pass bundle form',
      'pass disclosures',
      'pass inclusion: leaf 1 of 2',
      'pass inclusion of the other entries',
      'pass checkpoint signature',
      'pass key history',
      'pass record signature (joint Ed25519 rule)',
    ]);
    expect(verdict.notChecked.join(' ')).toMatch(/dropped before capture.*retired or revoked.*witness/s);
    expect(verdict.entry).toMatchObject({ id: 'dec_1', index: 1, kid: log.producer.keyId, agent: 'underwriter@4.2.0' });
    expect(verdict.fields.find(({ path }) => path === '/decision/outcome')).toEqual({
      path: '/decision/outcome',
      status: 'DISCLOSED',
      value: 'deny',
    });
    expect(verdict.reasons).toEqual([]);
  });

  it('gives the same verdict with the portable and with the native joint rule', () => {
    const { bundle, log } = full();
    const text = formatBundle(bundle());
    const options = { policy: log.policy() };
    expect(verifyBundle(text, options)).toEqual(verifyBundle(utf8(text), { ...options, verify: joint }));
  });

  it('calls a record without receipt SIGNED', () => {
    const { log, added, main } = small();
    const bundle = log.bundle(main, [added]);
    const verdict = check({ ...bundle, entry: { leaf: main.leaf, disclosures: [] } }, { policy: log.policy() });
    expect(verdict.label).toBe('SIGNED');
    expect(verdict.entry?.index).toBeNull();
    expect(verdict.notChecked.join(' ')).toContain('Whether the record was logged');
  });

  it('takes a record without receipt for invalid once its key has ended', () => {
    const { log, added, main } = small();
    const revoked = log.key('revoke', log.producer, 'producer');
    const bundle = log.bundle(main, [added, revoked]);
    const verdict = check({ ...bundle, entry: { leaf: main.leaf, disclosures: [] } }, { policy: log.policy() });
    expect(verdict.reasons).toEqual([
      { code: 'bundle.key', message: expect.stringContaining('ended at index 2') as string },
    ]);
  });

  it('tells disclosed, withheld and erased fields apart', () => {
    const { bundle, log, erasure } = full();
    const verdict = check(bundle(), { policy: log.policy() });
    expect(verdict.label).toBe('SELF-ATTESTED');
    const status = Object.fromEntries(verdict.fields.map((field) => [field.path, field]));
    expect(status['/intent/goal']).toEqual({ path: '/intent/goal', status: 'WITHHELD' });
    expect(status['/context/inputs']).toEqual({ path: '/context/inputs', status: 'ERASED', erasedBy: erasure.index });
    expect(status['/decision/outcome']?.status).toBe('DISCLOSED');
  });

  it('says so when a field is disclosed although it was erased', () => {
    const { bundle, log, main } = full();
    const b = bundle();
    const verdict = check({ ...b, entry: { ...b.entry, disclosures: main.disclosures } }, { policy: log.policy() });
    expect(statuses(verdict).join('\n')).toMatch(/info erasures/);
    expect(verdict.fields.find(({ path }) => path === '/context/inputs')?.status).toBe('DISCLOSED');
  });

  it('ties result rows and related entries to the record', () => {
    const { bundle, log } = full();
    const verdict = check(bundle(), { policy: log.policy() });
    expect(verdict.rows).toEqual([
      { verdict: 'gate_1', index: 1, row: { v: 1, decision: 'dec_1', outcome: 'approve', salt: 'x' } },
    ]);
    expect(verdict.related.map(({ entry }) => [entry.id, entry.kind])).toEqual([
      ['run_1', 'run'],
      ['gate_1', 'verdict'],
    ]);
    expect(statuses(verdict)).toEqual(
      expect.arrayContaining(['pass related: verdict gate_1', 'pass related: run run_1', 'pass result rows']),
    );
    const unlinked = check({ ...bundle(), rows: [] }, { policy: log.policy() });
    expect(unlinked.label).toBe('SELF-ATTESTED');
    expect(statuses(unlinked)).toContain('info related: verdict gate_1');
  });

  it('proves the lower bound in time when the bundle holds the cited checkpoint', () => {
    const { bundle, log } = full();
    expect(check(bundle(), { policy: log.policy() }).notEarlierThan).toBe(2);
    const without = check({ ...bundle(), consistency: [] }, { policy: log.policy() });
    expect(without.notEarlierThan).toBeNull();
    expect(without.notChecked.join(' ')).toContain('size 2 that the record cites');
  });

  it('can be about a key entry, which the root key signs', () => {
    const { log, added } = small();
    const verdict = check(log.bundle(added, []), { policy: log.policy() });
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.entry?.type).toBe('key.add');
  });

  it('accepts a record signed before its key was revoked, and says that it was', () => {
    const { log, added, main } = small();
    const revoked = log.key('revoke', log.producer, 'producer');
    const verdict = check(log.bundle(main, [added, revoked]), { policy: log.policy() });
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.checks.at(-1)?.detail).toContain('ended at index 2');
  });
});

describe('witnesses', () => {
  const label = (quorum: string, cosigners: readonly number[]): BundleVerdict => {
    const { log, added, main } = small();
    return check(log.bundle(main, [added], {}, log.note(2, cosigners)), { policy: log.policy(quorum) });
  };

  it('make a checkpoint WITNESSED when the policy’s quorum is met, with an upper bound in time', () => {
    const verdict = label('two', [0, 2]);
    expect(verdict.label).toBe('WITNESSED');
    expect(verdict.witnesses).toEqual({ have: 2, need: 2 });
    expect(verdict.notLaterThan).toBe('2026-01-04T04:13:22Z');
    expect(statuses(verdict)).toContain('pass witnesses 2 of 3, 2 required');
    expect(verdict.notChecked.join(' ')).not.toContain('A witness');
  });

  it('too few of them make the bundle INVALID: the policy accepts no such checkpoint', () => {
    const verdict = label('two', [1]);
    expect(verdict.label).toBe('INVALID');
    expect(verdict.reasons[0]?.code).toBe('bundle.quorum');
    expect(verdict.witnesses).toEqual({ have: 1, need: 2 });
  });

  it('that nobody requires are reported and change no label', () => {
    const verdict = label('none', [0, 1, 2]);
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.witnesses).toEqual({ have: 3, need: 0 });
    expect(statuses(verdict)).toContain('info witnesses 3, none required');
  });

  it('the policy does not list are named as not checked', () => {
    const { log, added, main } = small();
    const policy = { ...log.policy(), witnesses: [] };
    const verdict = check(log.bundle(main, [added], {}, log.note(2, [0])), { policy });
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.notChecked.join(' ')).toContain('w0.example');
  });
});

describe('a checkpoint the verifier kept', () => {
  const at = (
    keptSize: number,
    more: Partial<EvidenceBundle> | 'with proof' = 'with proof',
    root?: Uint8Array,
  ): BundleVerdict => {
    const { bundle, log } = full();
    const b = bundle();
    const extra =
      more === 'with proof' && keptSize < 7 && keptSize !== 2
        ? { consistency: [...b.consistency, log.consistency(keptSize)] }
        : {};
    const kept = root === undefined ? log.note(keptSize) : log.note(keptSize, [], root);
    return check({ ...b, ...(more === 'with proof' ? extra : more) }, { policy: log.policy(), kept });
  };

  it.each([1, 2, 3, 6, 7])('of size %d makes the record LOGGED when the bundle proves it a prefix', (size) => {
    const verdict = at(size);
    expect(verdict.label).toBe('LOGGED');
    expect(statuses(verdict)).toContain('pass kept checkpoint');
  });

  it.each([3, 7])('of size %d with another root shows a fork: INVALID', (size) => {
    const verdict = at(size, 'with proof', new Uint8Array(32).fill(1));
    expect(verdict.label).toBe('INVALID');
    expect(verdict.reasons[0]?.code).toBe('bundle.fork');
  });

  it('that the bundle has no proof for leaves the label at SELF-ATTESTED and says why', () => {
    const verdict = at(4, {});
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.checks.find(({ name }) => name === 'kept checkpoint')?.detail).toContain('no consistency proof');
  });

  it('newer than the bundle cannot be compared', () => {
    const verdict = at(9, {}, new Uint8Array(32).fill(1));
    expect(verdict.label).toBe('SELF-ATTESTED');
    expect(verdict.checks.find(({ name }) => name === 'kept checkpoint')?.detail).toContain('newer');
  });

  it('that is unsigned or unreadable makes the verification fail, not pass', () => {
    const { bundle, log } = full();
    const other = new TestLog('ledger.example/other');
    other.decision('dec_x');
    for (const kept of ['', 'nonsense', log.note().replace(/.{8}\n$/, 'AAAAAAA=\n'), other.note()]) {
      expect(check(bundle(), { policy: log.policy(), kept }).reasons[0]?.code).toBe('bundle.kept');
    }
  });
});

describe('formatBundle', () => {
  it('gives the same bytes whatever the order it was given', () => {
    const { bundle } = full();
    const b = bundle();
    const shuffled: EvidenceBundle = {
      ...b,
      entry: { ...b.entry, disclosures: [...b.entry.disclosures].reverse() },
      keys: [...b.keys].reverse(),
      related: [...b.related].reverse(),
    };
    expect(formatBundle(shuffled)).toBe(formatBundle(b));
    expect(formatBundle(parseBundle(formatBundle(b)))).toBe(formatBundle(b));
  });

  it('hashes with the portable and the native implementation alike', () => {
    const { log } = small();
    expect(rootOf(log.leafHashes())).toEqual(new Uint8Array(rootOf(log.leafHashes(), nodeSha256)));
  });
});
