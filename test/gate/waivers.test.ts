import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  adjudicateWaiver,
  applyWaivers,
  foldWaivers,
  judge,
  readWaivers,
  requestWaiver,
  revokeWaiver,
  statementBytes,
  waivedLines,
  waiverState,
  waiverTerms,
  type GateFacts,
  type GatePolicy,
  type SignStatement,
  type Speaking,
  type TermsRequest,
  type Waiver,
  type WaiverLedger,
  type WaiverView,
} from '../../src/gate/index.js';
import type { ApprovalStore, Person, Role } from '../../src/people/index.js';
import { memoryApprovals } from '../people/memoryApprovals.js';
import { compared, facts, policy } from './support.js';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const IN_30_DAYS = new Date('2026-12-24T10:00:00.000Z');
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

const person = (subject: string, role: Role = 'approver'): Person => ({
  issuer: 'https://id.example',
  subject,
  name: null,
  email: null,
  role,
});
const [ADA, BEA, CLEO] = [person('ada', 'engineer'), person('bea'), person('cleo')];

/** What the ledger keeps, without its proofs: entries by id, the first of an id stays. */
function memoryLedger(): WaiverLedger & { views: Map<string, WaiverView> } {
  const views = new Map<string, WaiverView>();
  return {
    views,
    append: (entries) => {
      for (const { id, kind, type, links, fields } of entries) {
        if (views.has(id)) continue;
        views.set(id, { id, entry: { kind, type, links }, fields: new Map(fields.map((f) => [f.path, f.value])) });
      }
      return Promise.resolve();
    },
    listDecisions: () => Promise.resolve({ ids: [...views.keys()], cursor: null }),
    readDecisions: (ids) => Promise.resolve(ids.flatMap((id) => views.get(id) ?? [])),
  };
}

let ledger: ReturnType<typeof memoryLedger>;
let approvals: ApprovalStore;
beforeEach(() => {
  ledger = memoryLedger();
  approvals = memoryApprovals();
});

const say = (who: Person, over: Partial<Speaking> = {}): Speaking => ({
  person: who,
  reason: 'income proof arrived by letter',
  now: NOW,
  sign: null,
  ...over,
});

/** dec_P is pinned and flips, dec_S flips with much at stake, dec_F flips with little. */
const FLIPS = ['dec_P', 'dec_S', 'dec_F'];
const POLICY = policy({
  maxFlipRate: 1,
  rationale: { maxShift: 1, forbidden: [] },
  pinned: [{ decision: 'dec_P' }],
  stake: { path: '/context/inputs/amount', unit: 'DM' },
  waivers: { stakeFrom: 50_000 },
});
const FACTS = facts([
  ...FLIPS.map((id) => compared(id, { candidate: ['b'], stake: id === 'dec_S' ? 80_000 : 100 })),
  ...Array.from({ length: 40 }, (_, at) => compared(`dec_${at}`, { stake: 100 })),
]);

const judged = (waivers: readonly Waiver[], at = NOW, on: { facts?: GateFacts; policy?: GatePolicy } = {}) => {
  const { facts: seen = FACTS, policy: by = POLICY } = on;
  return applyWaivers(judge(seen, by), { facts: seen, policy: by, waivers, at });
};
const rule = (verdict: ReturnType<typeof judged>, name: string) => verdict.rules.find((own) => own.rule === name);

const terms = (decision: string, over: Partial<TermsRequest> = {}) =>
  waiverTerms({
    gate: { id: 'gate_1', baseline: 'u@1.0.0', candidate: 'u@1.1.0', verdictEntry: 'ver_1' },
    policy: POLICY,
    verdict: judged([]),
    decision,
    facts: FACTS.decisions.find(({ drift }) => drift.decision === decision) ?? null,
    expiresAt: IN_30_DAYS,
    now: NOW,
    ...over,
  });

async function accepted(decision: string): Promise<Waiver> {
  const asked = await requestWaiver(ledger, terms(decision), say(ADA));
  return adjudicateWaiver({ ledger, approvals }, asked.id, 'approve', say(BEA));
}

describe('a high-risk flip', () => {
  test('fails the gate: a pinned decision, and one with much at stake; an amount that is not recorded counts as much', () => {
    const verdict = judged([]);
    expect(verdict.status).toBe('fail');
    expect(rule(verdict, 'pinned')).toMatchObject({ status: 'fail', decisions: ['dec_P'] });
    expect(rule(verdict, 'highRisk')).toMatchObject({ status: 'fail', decisions: ['dec_S'] });
    const unknown = facts([compared('dec_U', { candidate: ['b'], stake: null })]);
    expect(rule(judged([], NOW, { facts: unknown }), 'highRisk')).toMatchObject({ status: 'fail' });
    expect(rule(judged([], NOW, { policy: policy() }), 'highRisk')).toBeUndefined();
  });

  test('passes once two people let it, stays named in the verdict, and fails again when the waiver ends', async () => {
    const waivers = [await accepted('dec_P'), await accepted('dec_S')];
    const verdict = judged(waivers);
    expect(verdict.status).toBe('pass');
    expect(verdict.waived).toMatchObject([
      {
        decision: 'dec_P',
        rules: ['pinned'],
        requestedBy: 'https://id.example#ada',
        acceptedBy: 'https://id.example#bea',
      },
      { decision: 'dec_S', rules: ['highRisk'] },
    ]);
    expect(rule(verdict, 'pinned')?.line).toContain(`waived: dec_P (${waivers[0]?.id} until 2026-12-24)`);
    expect(waivedLines(verdict)[0]).toContain('dec_P (pinned) by wvr_');
    expect(verdict.flips).toEqual(FLIPS);
    expect(rule(verdict, 'flipRate')).toEqual(rule(judged([]), 'flipRate'));
    expect(judged(waivers, IN_30_DAYS).status).toBe('fail');
    expect(judged(waivers, new Date(IN_30_DAYS.getTime() - 1)).status).toBe('pass');
    expect(judged(waivers.slice(1))).toMatchObject({ status: 'fail' });
  });

  test('is covered only as it came out when it was waived, under the same policy, and while the policy allows it', async () => {
    const waivers = [await accepted('dec_P'), await accepted('dec_S')];
    const otherwise = {
      ...FACTS,
      decisions: FACTS.decisions.map((own) =>
        own.drift.decision === 'dec_P' ? compared('dec_P', { candidate: ['c'] }) : own,
      ),
    };
    expect(rule(judged(waivers, NOW, { facts: otherwise }), 'pinned')?.status).toBe('fail');
    const another = { ...POLICY, name: 'other' };
    expect(judged(waivers, NOW, { policy: another }).status).toBe('fail');
    const strict: GatePolicy = { ...POLICY, pinned: [{ decision: 'dec_P', waiver: 'forbidden' }] };
    expect(rule(judged(waivers, NOW, { policy: strict }), 'pinned')?.status).toBe('fail');
  });
});

describe('a waiver is not asked for', () => {
  test.each<[string, string, Partial<TermsRequest>, object]>([
    [
      'where the policy forbids it',
      'dec_P',
      { policy: { ...POLICY, waivers: { pinned: 'forbidden' } } },
      { code: 'waiver.forbidden' },
    ],
    [
      'for a pinned case that forbids it',
      'dec_P',
      { policy: { ...POLICY, pinned: [{ decision: 'dec_P', waiver: 'forbidden' }] } },
      { code: 'waiver.forbidden' },
    ],
    [
      'for a flip of low risk',
      'dec_F',
      {},
      { code: 'waiver.nothing', message: expect.stringContaining('only rates count it') as string },
    ],
    [
      'for what did not flip',
      'dec_7',
      {},
      { code: 'waiver.nothing', message: 'dec_7 did not come out otherwise in gate gate_1' },
    ],
    [
      'for a decision of another run',
      'dec_X',
      {},
      { code: 'waiver.nothing', message: 'dec_X was not compared in gate gate_1' },
    ],
    ['until yesterday', 'dec_P', { expiresAt: later(-1) }, { code: 'input.invalid' }],
    [
      'for longer than the policy lets',
      'dec_P',
      { expiresAt: later(91) },
      { code: 'input.invalid', message: 'a waiver under g lasts at most 90 days from now' },
    ],
  ])('%s', (_name, decision, over, error) => {
    expect(() => terms(decision, over)).toThrow(expect.objectContaining(error));
  });

  test('by a viewer, or without a reason', async () => {
    await expect(requestWaiver(ledger, terms('dec_P'), say(person('vic', 'viewer')))).rejects.toMatchObject({
      code: 'auth.role_missing',
    });
    await expect(requestWaiver(ledger, terms('dec_P'), say(ADA, { reason: ' ok ' }))).rejects.toMatchObject({
      code: 'input.invalid',
    });
    expect(ledger.views.size).toBe(0);
  });
});

describe('an adjudication', () => {
  test.each<[string, Person, Partial<Speaking>, string]>([
    ['by who asked for it', person('ada', 'officer'), {}, 'approval.own_request'],
    ['by an engineer', person('eve', 'engineer'), {}, 'auth.role_missing'],
    ['after it ended', BEA, { now: IN_30_DAYS }, 'approval.late'],
  ])('%s is refused and leaves nothing', async (_name, who, over, code) => {
    const asked = await requestWaiver(ledger, terms('dec_P'), say(ADA));
    await expect(adjudicateWaiver({ ledger, approvals }, asked.id, 'approve', say(who, over))).rejects.toMatchObject({
      code,
    });
    expect(ledger.views.size).toBe(1);
    expect(await approvals.list(asked.id)).toEqual([]);
  });

  test('by the same person twice, of a decided one, and of none is refused', async () => {
    const { id } = await accepted('dec_P');
    const again = (who: Person) => adjudicateWaiver({ ledger, approvals }, id, 'refuse', say(who));
    await expect(again(BEA)).rejects.toMatchObject({ code: 'approval.same_person' });
    await expect(again(CLEO)).rejects.toMatchObject({ code: 'waiver.closed' });
    await expect(adjudicateWaiver({ ledger, approvals }, 'wvr_none', 'approve', say(BEA))).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('that rejects lets nothing pass; an accepted one may be taken back', async () => {
    const asked = await requestWaiver(ledger, terms('dec_P'), say(ADA));
    const rejected = await adjudicateWaiver({ ledger, approvals }, asked.id, 'refuse', say(BEA));
    expect(waiverState(rejected, NOW)).toBe('rejected');
    expect(judged([rejected]).status).toBe('fail');

    const held = await accepted('dec_S');
    const revoked = await revokeWaiver({ ledger }, held.id, say(ADA));
    expect(waiverState(revoked, NOW)).toBe('revoked');
    expect(judged([revoked]).waived).toBeUndefined();
  });

  test('asked for twice in the same words is one waiver', async () => {
    const first = await requestWaiver(ledger, terms('dec_P'), say(ADA));
    expect((await requestWaiver(ledger, terms('dec_P'), say(ADA))).id).toBe(first.id);
    expect(await readWaivers(ledger)).toHaveLength(1);
  });
});

describe('what a person signed with their own key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const signer: SignStatement = (statement) => ({
    statement,
    publicKey: raw,
    sig: sign(null, statementBytes(statement), privateKey).toString('base64'),
  });

  test('is kept beside the words and verifies against them', async () => {
    const asked = await requestWaiver(ledger, terms('dec_P'), say(ADA, { sign: signer }));
    expect(asked.request.signature?.publicKey).toBe(raw);
    expect(JSON.parse(asked.request.signature?.statement ?? '')).toMatchObject({
      says: 'waiver.requested',
      waiver: asked.id,
      terms: asked.digest,
      by: 'https://id.example#ada',
    });
  });

  test('does not count under other words; nor do terms of another digest, nor the word of who asked', async () => {
    const asked = await requestWaiver(ledger, terms('dec_P'), say(ADA, { sign: signer }));
    await adjudicateWaiver({ ledger, approvals }, asked.id, 'approve', say(BEA));
    const views = [...ledger.views.values()];
    const [request, acceptance] = [views[0]!, views[1]!];
    const altered = (view: WaiverView, path: string, value: string): WaiverView => ({
      ...view,
      fields: new Map([...view.fields, [path, value]]),
    });
    const state = (list: readonly WaiverView[]) => foldWaivers(list).map((waiver) => waiverState(waiver, NOW));
    expect(state(views)).toEqual(['accepted']);
    expect(state([altered(request, '/request/reason', 'another reason'), acceptance])).toEqual([]);
    expect(state([altered(request, '/waiver/decision', 'dec_S'), acceptance])).toEqual([]);
    expect(state([request, altered(acceptance, '/approval/digest', 'x')])).toEqual(['requested']);
    expect(state([request, altered(acceptance, '/approval/by', 'https://id.example#ada')])).toEqual(['requested']);
  });
});
