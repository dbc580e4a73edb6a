import { describe, expect, it } from 'vitest';
import {
  buildGateFacts,
  GATE_RULES,
  inconclusiveVerdict,
  judge,
  summarise,
  type GateFacts,
  type GatePolicy,
} from '../../src/gate/index.js';
import { compared, facts, many, notReplayable, policy } from './support.js';

const rule = (name: string, of: GateFacts, over: Partial<GatePolicy> = {}) =>
  judge(of, policy(over)).rules.find((outcome) => outcome.rule === name)!;
const flip = { candidate: ['b'] };

describe('a verdict', () => {
  it('has one outcome per rule, in the order of the rules', () => {
    const verdict = judge(facts(many(300, 's')), policy());
    expect(verdict.status).toBe('pass');
    expect(verdict.rules.map((outcome) => outcome.rule)).toEqual(GATE_RULES.map(({ name }) => name));
  });

  it('fails if any rule fails, else is inconclusive if any is', () => {
    const stopped = facts(many(300, 's'), { budgetStopped: 'calls' });
    expect(judge(stopped, policy()).status).toBe('inconclusive');
    const both = facts([...many(100, 'f', flip), ...many(200, 's')], { budgetStopped: 'calls' });
    expect(judge(both, policy()).status).toBe('fail');
  });

  it('adds up what is at stake over the flips, unknown amounts as nothing, and only if the policy asks', () => {
    const decisions = [
      compared('dec_1', { ...flip, stake: 2500 }),
      compared('dec_2', { ...flip, stake: null }),
      compared('dec_3', { stake: 9000 }),
      compared('dec_4', { ...flip, stake: 1000 }),
    ];
    const stake = { path: '/context/inputs/amount', unit: 'DM' };
    expect(judge(facts(decisions), policy({ stake })).stakeAtRisk).toBe(3500);
    expect(judge(facts(decisions), policy()).stakeAtRisk).toBeNull();
  });

  it('where nothing could be judged says why and blocks', () => {
    const verdict = inconclusiveVerdict('agent.not_available', 'no worker took a batch within 30 s');
    expect(verdict.status).toBe('inconclusive');
    expect(verdict.rules[0]).toMatchObject({ line: 'not judged: agent.not_available' });
  });

  it('is the same for the same facts and policy', () => {
    const of = facts([...many(9, 'f', flip), ...many(291, 's')]);
    expect(judge(of, policy())).toEqual(judge(structuredClone(of), policy()));
  });
});

describe('pinned decisions', () => {
  const pins = (...pinned: GatePolicy['pinned']) => ({ pinned });

  it.each([
    ['keep what the policy says', compared('dec_A', { candidate: ['a', 'a'] }), { outcome: 'a' }, 'pass'],
    [
      'fail if one candidate run differs from it',
      compared('dec_A', { candidate: ['a', 'b', 'a'] }),
      { outcome: 'a' },
      'fail',
    ],
    ['fail against the policy even when baseline and candidate agree', compared('dec_A'), { outcome: 'b' }, 'fail'],
    ['pass against the policy even when the candidate flipped', compared('dec_A', flip), { outcome: 'b' }, 'pass'],
    ['without an outcome must not flip', compared('dec_A', flip), {}, 'fail'],
    ['without an outcome stay', compared('dec_A'), {}, 'pass'],
    [
      'without an outcome fail if any run comes out as the baseline never did',
      compared('dec_A', { candidate: ['a', 'a', 'b'] }),
      {},
      'fail',
    ],
    [
      'with a tied baseline cannot be judged',
      compared('dec_A', { control: ['a', 'b'], candidate: ['a'] }),
      {},
      'inconclusive',
    ],
  ])('%s', (_name, decision, pin, status) => {
    expect(rule('pinned', facts([decision]), pins({ decision: 'dec_A', ...pin })).status).toBe(status);
  });

  it('that were not re-run leave the rule inconclusive, and a broken one outweighs that', () => {
    const of = facts([compared('dec_A', flip)], {
      notReplayable: [{ decision: 'dec_B', code: 'replay.fence', message: 'x' }],
    });
    const outcome = rule('pinned', of, pins({ decision: 'dec_A' }, { decision: 'dec_B' }, { decision: 'dec_C' }));
    expect(outcome).toMatchObject({ status: 'fail', figures: { pinned: 3, broken: 1, notJudged: 2 } });
    expect(outcome.line).toBe(
      '1 of 3 pinned decisions came out otherwise (limit 0): dec_A; 2 could not be judged: dec_B dec_C',
    );
    expect(rule('pinned', of, pins({ decision: 'dec_B' })).status).toBe('inconclusive');
    expect(outcome.findings.map(({ note }) => note)).toEqual([
      'a → b',
      'not replayable: replay.fence',
      'it was not re-run',
    ]);
  });
});

describe('limits on the measurement itself', () => {
  it('not replayable over its limit is inconclusive, with reasons by frequency', () => {
    const refused = [
      ...notReplayable(10),
      ...notReplayable(8, 'replay.threw').map((item, i) => ({ ...item, decision: `dec_t${i}` })),
    ];
    const outcome = rule('notReplayable', facts(many(282, 's'), { notReplayable: refused }), {
      maxNotReplayable: 0.05,
    });
    expect(outcome.status).toBe('inconclusive');
    expect(outcome.line).toBe('18/300 not replayable, 6 %, limit 5 % (replay.no_tape 10, replay.threw 8)');
    expect(rule('notReplayable', facts(many(285, 's'), { notReplayable: notReplayable(15) })).status).toBe('pass');
  });

  it('counts what has no result, and keeps a code that an agent made up out of the line', () => {
    const refused = [{ decision: 'dec_x', code: '::error::PWNED', message: '' }];
    const outcome = rule('notReplayable', facts(many(97, 's'), { notReplayable: refused, cohortSize: 100 }));
    expect(outcome.line).toBe('3/100 not replayable, 3 %, limit 5 % (no result 2, other 1)');
  });

  it('a control arm that does not reproduce the record makes the gate inconclusive', () => {
    const harnessMismatch = ['dec_s0', 'dec_s1', 'dec_s2', 'dec_s3', 'dec_gone'];
    const of = facts(many(300, 's'), { harnessMismatch });
    expect(rule('harnessMismatch', of)).toMatchObject({
      status: 'inconclusive',
      figures: { mismatches: 4, compared: 300 },
    });
    expect(rule('harnessMismatch', of, { maxHarnessMismatch: 0.02 }).status).toBe('pass');
  });

  it('a stop by tokens says how many were spent of how many', () => {
    const of = facts(many(300, 's'), { budgetStopped: 'tokens', spent: { calls: 9, cost: 0, tokens: 1_990 } });
    expect(rule('budget', of, { budget: { maxCalls: null, maxCost: null, maxTokens: 2_000 } })).toMatchObject({
      status: 'inconclusive',
      line: 'stopped by the budget: 9 model calls, 1990 tokens of 2000, cost 0',
      figures: { tokens: 1_990, maxTokens: 2_000 },
    });
  });

  it('a budget stop is inconclusive and tells what was spent', () => {
    const of = facts(many(300, 's'), { budgetStopped: 'calls', spent: { calls: 101, cost: 0.25 } });
    expect(rule('budget', of, { budget: { maxCalls: 100, maxCost: null } })).toMatchObject({
      status: 'inconclusive',
      line: 'stopped by the budget: 101 model calls of 100, cost 0.25',
    });
  });
});

describe('the facts of a gate', () => {
  const run = (outcome: string, actions: string[] = []) => ({ outcome, steps: ['because'], actions });
  const { drift } = compared('dec_A');
  const request = {
    cohortSize: 2,
    runs: [
      { decision: 'dec_A', baseline: [run('a', ['x 1', 'w 2']), run('a', ['w 2', 'x 1'])], candidate: [run('a')] },
    ],
    drifts: [drift],
    notReplayable: [{ decision: 'dec_B', code: 'replay.no_tape', message: '' }],
    harnessMismatch: [],
    spent: { calls: 0, cost: 0 },
    budgetStopped: null,
  };

  it('join runs, assessment and stake; actions are a set and part of the answer', () => {
    const [decision] = buildGateFacts({ ...request, stakeOf: () => 7 }).decisions;
    expect(decision).toMatchObject({ stake: 7, candidateSteps: [['because']], candidateOutcomes: ['a'] });
    expect(new Set(decision?.baselineAnswers).size).toBe(1);
    expect(decision?.candidateAnswers[0]).not.toBe(decision?.baselineAnswers[0]);
  });

  it.each([
    [
      'a decision that is both compared and refused',
      { notReplayable: [{ decision: 'dec_A', code: 'c', message: '' }] },
    ],
    ['more decisions than were drawn', { cohortSize: 1 }],
    ['runs that were not assessed', { drifts: [] }],
    ['an assessment of another decision', { drifts: [{ ...drift, decision: 'dec_Z' }] }],
  ])('refuse %s', (_name, over) => {
    expect(() => buildGateFacts({ ...request, ...over })).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  });
});

describe('the summary of a verdict', () => {
  it('holds counts and bounds, and no id, outcome, reason or amount', () => {
    const stake = { path: '/x', unit: 'DM' };
    const of = facts([...many(9, 'f', { ...flip, stake: 4711, because: ['secret reason'] }), ...many(291, 's')], {
      spent: { calls: 3, cost: 12.5 },
    });
    const text = JSON.stringify(summarise(judge(of, policy({ stake }))));
    for (const secret of ['dec_', 'secret', '4711', '12.5', '→', 'DM']) expect(text).not.toContain(secret);
    expect(summarise(judge(of, policy({ stake })))).toMatchObject({ status: 'fail', flips: 9, shifted: 0 });
  });
});
