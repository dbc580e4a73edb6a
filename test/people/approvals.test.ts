import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  approvalEntry,
  checkApproval,
  digestOf,
  giveApproval,
  hasRole,
  isApproved,
  personRef,
  ROLES,
  roleOf,
  type Approval,
  type ApprovalRule,
  type Person,
  type ProposedApproval,
  type Role,
} from '../../src/people/index.js';
import { memoryApprovals } from './memoryApprovals.js';

const ISSUER = 'https://id.example';
const NOW = new Date('2026-11-24T10:00:00.000Z');
const DIGEST = digestOf({ outcome: 'deny' });
const RULE: ApprovalRule = { need: 2, role: 'approver' };

const person = (subject: string, role: Role = 'approver', issuer = ISSUER): Person => ({
  issuer,
  subject,
  name: subject,
  email: null,
  role,
});
const given = (of: Person, over: Partial<Approval> = {}): Approval => ({
  id: `apr_${of.subject}`,
  about: 'wvr_1',
  digest: DIGEST,
  by: personRef(of),
  role: of.role,
  decision: 'approve',
  reason: 'looked at it',
  at: '2026-11-24T09:00:00.000Z',
  expiresAt: null,
  ...over,
});
const proposed = (over: Partial<ProposedApproval> = {}): ProposedApproval => ({
  person: person('bea'),
  about: 'wvr_1',
  digest: DIGEST,
  requestedBy: personRef(person('ada')),
  now: NOW,
  ...over,
});

describe('roles', () => {
  test('include the ones before them', () => {
    const roles = fc.constantFrom(...ROLES);
    fc.assert(
      fc.property(roles, roles, (has, wanted) => {
        expect(hasRole(person('x', has), wanted)).toBe(ROLES.indexOf(has) >= ROLES.indexOf(wanted));
      }),
    );
  });

  test.each([
    [{ sub: 'ada' }, [{ subject: 'ada', role: 'officer' }], 'officer'],
    [{ sub: 'bea' }, [{ subject: 'ada', role: 'officer' }], null],
    [{ sub: 'bea', groups: ['risk', 'dev'] }, [{ claim: 'groups', value: 'risk', role: 'approver' }], 'approver'],
    [{ sub: 'bea', groups: 'risk' }, [{ claim: 'groups', value: 'risk', role: 'approver' }], 'approver'],
    [{ sub: 'bea', groups: 'risks' }, [{ claim: 'groups', value: 'risk', role: 'approver' }], null],
    [
      { sub: 'bea', realm_access: { roles: ['tenet-approver'] } },
      [{ claim: '/realm_access/roles', value: 'tenet-approver', role: 'approver' }],
      'approver',
    ],
    [
      { sub: 'bea', 'https://acme.example/roles': ['a'] },
      [{ claim: 'https://acme.example/roles', value: 'a', role: 'viewer' }],
      'viewer',
    ],
    [
      { sub: 'bea', g: ['a', 'b'] },
      [
        { claim: 'g', value: 'b', role: 'approver' },
        { claim: 'g', value: 'a', role: 'viewer' },
      ],
      'approver',
    ],
    [{ sub: 'bea', g: 'a' }, [{ claim: 'g', value: 'a', subject: 'ada', role: 'officer' }], null],
    [{ sub: 'bea' }, [{ claim: 'toString', value: 'a', role: 'officer' }], null],
    [{ sub: 'bea' }, [], null],
  ] as const)('of claims %j by %j: %s', (claims, rules, role) => {
    expect(roleOf(claims, rules)).toBe(role);
  });

  test('the same subject of another issuer is another person', () => {
    expect(personRef(person('ada'))).not.toBe(personRef(person('ada', 'approver', 'https://other.example')));
  });
});

describe('an approval is refused', () => {
  const ada = person('ada');
  const bea = person('bea');
  test.each<[string, readonly Approval[], Partial<ProposedApproval>, ApprovalRule, string]>([
    ['to who asked for it', [], { person: ada }, RULE, 'approval.own_request'],
    ['to the same person twice', [given(bea)], {}, RULE, 'approval.same_person'],
    ['to the same person after a no', [given(bea, { decision: 'refuse' })], {}, RULE, 'approval.same_person'],
    [
      'to the same person in a higher role',
      [given(bea)],
      { person: person('bea', 'officer') },
      RULE,
      'approval.same_person',
    ],
    ['once the time is over', [], {}, { ...RULE, notAfter: NOW.toISOString() }, 'approval.late'],
    ['for another run', [], { standing: { about: 'wvr_2', digest: DIGEST } }, RULE, 'approval.other'],
    ['for what has changed since', [], { standing: { about: 'wvr_1', digest: 'x' } }, RULE, 'approval.other'],
    ['beside approvals of another thing', [given(ada, { about: 'wvr_2' })], {}, RULE, 'approval.other'],
    ['without the role', [], { person: person('bea', 'engineer') }, RULE, 'auth.role_missing'],
  ])('%s', (_name, existing, over, rule, code) => {
    expect(checkApproval(existing, proposed(over), rule)).toMatchObject({ code });
  });

  test('and taken otherwise: from a second person, of a new state, and again once the own one has ended', () => {
    const before = '2026-11-24T09:59:59.000Z';
    expect(checkApproval([given(person('cleo'))], proposed(), RULE)).toBeNull();
    expect(checkApproval([given(bea, { digest: 'older' })], proposed(), RULE)).toBeNull();
    expect(checkApproval([given(bea, { expiresAt: before })], proposed(), RULE)).toBeNull();
    expect(checkApproval([], proposed(), { ...RULE, notAfter: '2026-11-24T10:00:00.001Z' })).toBeNull();
  });
});

describe('what is approved', () => {
  test('takes as many different people as the rule says, each by role, digest and time', () => {
    const two = [given(person('bea')), given(person('cleo'))];
    expect(isApproved(two, RULE, DIGEST, NOW)).toBe(true);
    expect(isApproved(two.slice(1), RULE, DIGEST, NOW)).toBe(false);
    expect(isApproved([...two.slice(1), given(person('cleo'), { id: 'apr_again' })], RULE, DIGEST, NOW)).toBe(false);
    expect(isApproved(two, RULE, 'another', NOW)).toBe(false);
    expect(isApproved(two, { ...RULE, role: 'officer' }, DIGEST, NOW)).toBe(false);
    expect(isApproved([two[0]!, given(person('cleo'), { expiresAt: NOW.toISOString() })], RULE, DIGEST, NOW)).toBe(
      false,
    );
    expect(isApproved([...two, given(person('dan'), { decision: 'refuse' })], RULE, DIGEST, NOW)).toBe(false);
  });

  test('is never the word of one person, however often and in whatever role it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ROLES), { maxLength: 6 }), (roles) => {
        const all = roles.map((role, at) => given(person('bea', role), { id: `apr_${at}` }));
        expect(isApproved(all, { need: 2, role: 'viewer' }, DIGEST, NOW)).toBe(false);
      }),
    );
  });
});

describe('giving one', () => {
  test('signs an entry that names the person, then stores it; nothing of a refused one is kept', async () => {
    const store = memoryApprovals();
    const entries: { id: string; type: string }[] = [];
    const ledger = {
      append: (list: readonly { id: string; type: string }[]) => Promise.resolve(void entries.push(...list)),
    };
    const request = { ...proposed(), rule: RULE, decision: 'approve' as const, reason: 'checked' };
    const approval = await giveApproval({ approvals: store, ledger }, request);
    expect(entries).toMatchObject([{ id: approval.id, type: 'approval.given', kind: 'approval' }]);
    expect(approvalEntry(approval, person('bea')).fields).toContainEqual({
      path: '/approval/by',
      value: 'https://id.example#bea',
    });
    await expect(giveApproval({ approvals: store, ledger }, request)).rejects.toMatchObject({
      code: 'approval.same_person',
    });
    expect(await store.list('wvr_1')).toHaveLength(1);
    expect(entries).toHaveLength(1);
  });
});
