import { beforeAll, describe, expect, it } from 'vitest';
import {
  assessDecision,
  assessRuns,
  createLexicalEmbedder,
  fitNoiseProfile,
  type DecisionRuns,
  type NoiseProfile,
  type ReasoningRun,
  type StepSpace,
} from '../../src/drift/index.js';
import { claimsAgent } from './support/claimsAgent.js';
import { lexicalSpace, run } from './support/runs.js';
import { simulate } from './support/simulate.js';

const FOREIGN = 'The premium for this quarter has not been paid.';
const ACT = ['letter.send {"to":"a"}'];

describe('the verdict on a decision', () => {
  let decisions: DecisionRuns[];
  let space: StepSpace;
  let profile: NoiseProfile;
  let stable: DecisionRuns;
  let steps: readonly string[];

  beforeAll(async () => {
    decisions = simulate(claimsAgent, 'none', { seed: 9, decisions: 150 }).map((entry) => entry.runs);
    space = await lexicalSpace(decisions.map((entry) => entry.baseline));
    profile = await fitNoiseProfile(decisions, { agent: 'claims', type: 'claim', seed: 's', space });
    stable = decisions[0] as DecisionRuns;
    steps = (stable.candidate[0] as ReasoningRun).steps;
  });

  const assess = (over: Partial<DecisionRuns>, with_: NoiseProfile = profile) =>
    assessDecision({ ...stable, ...over }, with_, space);
  const outcome = (): string => (stable.candidate[0] as ReasoningRun).outcome;
  const swapped = (): string[] => [FOREIGN, ...steps.slice(1)];

  it('is stable for another draw of the same reasons', () => {
    const drift = assess({});
    expect(drift).toMatchObject({ verdict: 'stable', flip: false, because: [] });
    expect(drift.pValue).toBeGreaterThan(0.05);
  });

  it('is rationale-shift when a reason gives way to another and the outcome stays', () => {
    const drift = assess({ candidate: [run(swapped(), outcome())] });
    expect(drift).toMatchObject({ verdict: 'rationale-shift', flip: false });
    expect(drift.pValue).toBeLessThanOrEqual(0.05);
    expect(drift.because.join('\n')).toMatch(/reason added in step 1/);
    expect(drift.driftIndex).toBeGreaterThan(0);
  });

  it('is conclusion-shift when only the outcome changed', () => {
    const drift = assess({ candidate: [run(steps, 'other')] });
    expect(drift).toMatchObject({ verdict: 'conclusion-shift', flip: true, candidateOutcome: 'other', driftIndex: 1 });
    expect(drift.because).toEqual([`outcome ${outcome()} → other`]);
  });

  it('is full-shift when both did', () => {
    expect(assess({ candidate: [run(swapped(), 'other')] }).verdict).toBe('full-shift');
  });

  it('counts another set of proposed actions as a flip, and another order or repeat of them as none', () => {
    const baseline = stable.baseline.map((entry) => ({ ...entry, actions: [...ACT, 'b'] }));
    const changed = assess({ baseline, candidate: [run(steps, outcome(), ACT)] });
    expect(changed).toMatchObject({ flip: true, actionsChanged: true, verdict: 'conclusion-shift' });
    const same = assess({ baseline, candidate: [run(steps, outcome(), ['b', ...ACT, 'b'])] });
    expect(same).toMatchObject({ flip: false, actionsChanged: false, verdict: 'stable' });
  });

  it('is unstable-baseline when the control arm disagrees with itself; a majority still tells a flip', () => {
    const [a, b, c] = stable.baseline as [ReasoningRun, ReasoningRun, ReasoningRun];
    const baseline = [a, b, { ...c, outcome: 'other' }];
    expect(assess({ baseline })).toMatchObject({
      verdict: 'unstable-baseline',
      flip: false,
      baselineOutcome: outcome(),
    });
    const flipped = assess({ baseline, candidate: [run(steps, 'other')] });
    expect(flipped).toMatchObject({ verdict: 'unstable-baseline', flip: true });
  });

  it('sees no flip in a tie of either side', () => {
    const [a, b, c] = stable.baseline as [ReasoningRun, ReasoningRun, ReasoningRun];
    const three = [a, { ...b, outcome: 'x' }, { ...c, outcome: 'y' }];
    expect(assess({ baseline: three })).toMatchObject({
      verdict: 'unstable-baseline',
      flip: false,
      baselineOutcome: null,
    });
    const split = [run(steps, outcome()), run(steps, 'other')];
    expect(assess({ candidate: split })).toMatchObject({
      verdict: 'unstable-baseline',
      flip: false,
      candidateOutcome: null,
    });
  });

  it('is insufficient-evidence without calibration, enough runs or a candidate, and still tells a flip', () => {
    const few = { ...profile, mode: 'uncalibrated' } as const;
    expect(assess({ candidate: [run(steps, 'other')] }, few)).toMatchObject({
      verdict: 'insufficient-evidence',
      flip: true,
      pValue: null,
    });
    expect(assess({ baseline: stable.baseline.slice(0, 1) }).verdict).toBe('insufficient-evidence');
    expect(assess({ candidate: [] })).toMatchObject({ verdict: 'insufficient-evidence', flip: false });
  });

  it('takes any change of an exact agent for one, but not new wording alone', () => {
    const exact = { ...profile, mode: 'exact' } as const;
    expect(assess({ candidate: [run(swapped(), outcome())] }, exact).verdict).toBe('rationale-shift');
    const reworded = steps.map((step) => `Indeed, ${step}`);
    const drift = assess({ candidate: [run(reworded, outcome())] }, exact);
    expect(drift).toMatchObject({ verdict: 'stable', pValue: null });
  });

  it('needs most of several candidate runs to differ', () => {
    const same = run(steps, outcome());
    const other = run(swapped(), outcome());
    expect(assess({ candidate: [other, other, other] }).verdict).toBe('rationale-shift');
    expect(assess({ candidate: [other, other, same] }).verdict).toBe('rationale-shift');
    expect(assess({ candidate: [other, same, same] }).verdict).toBe('stable');
    const five = [other, other, other, other, other];
    expect(assess({ candidate: five }).verdict).toBe('insufficient-evidence');
  });

  it('names runs and steps as the caller has them', () => {
    const drift = assess({ candidate: [run(['', FOREIGN, ...steps.slice(1)], outcome())] });
    const added = drift.channels.find((entry) => entry.channel === 'structure')?.evidence[0];
    expect(added?.candidateStep).toBe(1);
    for (const { baseline } of drift.pairs) {
      if (baseline === null) continue;
      expect(stable.baseline[baseline.run]?.steps[baseline.step]).toBeDefined();
    }
  });

  it('comes out in one call, in order, twice the same', async () => {
    const options = { agent: 'claims', type: 'claim', seed: 's', embedder: createLexicalEmbedder() };
    const progress: string[] = [];
    const first = await assessRuns(decisions, {
      ...options,
      onProgress: (stage, done) => progress.push(`${stage} ${done}`),
    });
    expect(first.decisions.map((entry) => entry.decision)).toEqual(decisions.map((entry) => entry.decision));
    expect(await assessRuns(decisions, options)).toEqual(first);
    expect(progress).toEqual(['profile', 'assess'].flatMap((stage) => [0, 50, 100].map((done) => `${stage} ${done}`)));
  });

  it('ends early when the caller aborts', async () => {
    const options = {
      agent: 'a',
      type: 't',
      seed: 's',
      embedder: { ...createLexicalEmbedder(), kind: 'dense' as const },
    };
    await expect(assessRuns(decisions, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
