import { describe, expect, it } from 'vitest';
import {
  keyEntry,
  keyStanding,
  kidOf,
  mayAttest,
  readDisclosure,
  readKeyStatement,
  readLeaf,
  signEntry,
  type Json,
  type KeyAction,
  type KeyEvent,
} from '@tenet-ledger/record';
import { countingSalt, LOG, nodeSigner } from './support.js';

const root = nodeSigner(1);
const subject = nodeSigner(3);

function build(action: KeyAction) {
  const { entry, disclosures } = keyEntry({
    log: LOG,
    action,
    publicKey: subject.publicKey,
    role: 'producer',
    producer: { kid: root.keyId, seq: 1 },
    occurredAt: '2026-01-01T00:00:00.000Z',
    ...(action === 'revoke' ? { reason: 'stolen laptop' } : {}),
    salt: countingSalt(),
  });
  const values = new Map<string, Json>(disclosures.map((d) => [readDisclosure(d).path, readDisclosure(d).value]));
  return { entry, values };
}

describe('key entries', () => {
  it.each<KeyAction>(['add', 'retire', 'revoke'])('%s is an entry of the root and states the key', (action) => {
    const { entry, values } = build(action);
    expect(readLeaf(signEntry(entry, root).leaf).entry).toEqual(entry);
    expect(readKeyStatement(entry, values)).toEqual({
      action,
      kid: kidOf(subject.publicKey),
      publicKey: subject.publicKey,
      role: 'producer',
    });
  });

  it.each<[string, [string, Json]]>([
    ['the kid of another key', ['/key/kid', root.keyId]],
    ['a public key of small order', ['/key/publicKey', 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=']],
    ['an unknown role', ['/key/role', 'root']],
    ['a number as kid', ['/key/kid', 1]],
  ])('with %s states nothing', (_, [path, value]) => {
    const { entry, values } = build('add');
    expect(() => readKeyStatement(entry, new Map([...values, [path, value]]))).toThrow();
  });

  it('with a withheld member states nothing', () => {
    const { entry, values } = build('add');
    for (const path of ['/key/kid', '/key/publicKey', '/key/role']) {
      expect(() => readKeyStatement(entry, new Map([...values].filter(([key]) => key !== path)))).toThrow(path);
    }
  });

  it('of another kind, type or producer states nothing', () => {
    const { entry, values } = build('add');
    for (const change of [
      { kind: 'decision' },
      { type: 'key.rotate' },
      { agent: 'a' },
      { producer: { ...entry.producer, id: 'p' } },
    ]) {
      expect(() => readKeyStatement({ ...entry, ...change } as typeof entry, values)).toThrow('key entry');
    }
  });
});

describe('keyStanding', () => {
  const event = (action: KeyAction, index: number): KeyEvent => ({
    action,
    index,
    kid: 'k',
    publicKey: subject.publicKey,
    role: 'producer',
  });

  it.each<[string, KeyEvent[], number | null, boolean]>([
    ['added before', [event('add', 3)], 4, true],
    ['added at the same index', [event('add', 3)], 3, false],
    ['added later', [event('add', 5)], 4, false],
    ['never added', [], 4, false],
    ['added and not logged yet', [event('add', 3)], null, true],
    ['revoked before', [event('add', 1), event('revoke', 3)], 4, false],
    ['revoked at the same index', [event('add', 1), event('revoke', 4)], 4, false],
    ['revoked later', [event('add', 1), event('revoke', 5)], 4, true],
    ['revoked, record not logged', [event('add', 1), event('revoke', 5)], null, false],
    ['retired later and revoked before', [event('add', 1), event('retire', 9), event('revoke', 2)], 4, false],
    ['added twice', [event('add', 1), event('add', 2)], 4, false],
    ['two public keys', [event('add', 1), { ...event('retire', 9), publicKey: root.publicKey }], 4, false],
    ['another key revoked', [event('add', 1), { ...event('revoke', 2), kid: 'other' }], 4, true],
  ])('%s', (_, events, index, valid) => {
    expect(keyStanding(events, 'k', index).valid).toBe(valid);
  });
});

describe('mayAttest', () => {
  it('keeps what the platform states out of producers’ hands, and key entries out of everybody’s', () => {
    expect(mayAttest('producer', 'decision')).toBe(true);
    expect(mayAttest('producer', 'verdict')).toBe(false);
    expect(mayAttest('producer', 'erasure')).toBe(false);
    expect(mayAttest('platform', 'verdict')).toBe(true);
    expect(mayAttest('platform', 'key')).toBe(false);
    expect(mayAttest('producer', 'key')).toBe(false);
  });
});
