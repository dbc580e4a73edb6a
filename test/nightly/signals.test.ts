import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decisionId } from '@tenet-ledger/record';
import {
  alertsOf,
  binomialTest,
  buildFinding,
  compareOutcomesOf,
  comparisonVerdict,
  coverageOf,
  findingDigest,
  findingEntry,
  findKeyPointer,
  judgeCanary,
  ksTest,
  NOT_OBSERVED,
  pairRuns,
  readFinding,
  recordedRun,
  testMix,
  testOverrides,
  type CanaryObservation,
  type FindingFacts,
  type RerunFacts,
} from '../../src/nightly/index.js';

describe('the exact test of a share', () => {
  test('is the sum over all outcomes that are no more likely', () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.nat(),
        (n, p, any) => {
          const k = any % (n + 1);
          const at = (i: number): number => choose(n, i) * p ** i * (1 - p) ** (n - i);
          const all = Array.from({ length: n + 1 }, (_, i) => at(i));
          const sum = all.filter((one) => one <= at(k) * (1 + 1e-9)).reduce((a, b) => a + b, 0);
          expect(binomialTest(k, n, p)).toBeCloseTo(Math.min(1, sum), 9);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('sees overrides that doubled and none in a quiet night', () => {
    const before = { overridden: 70, decisions: 7_000 };
    expect(testOverrides({ overridden: 10, decisions: 1_000 }, before).p).toBeGreaterThan(0.5);
    expect(testOverrides({ overridden: 30, decisions: 1_000 }, before).p).toBeLessThan(0.001);
  });
});

describe('the mix of outcomes', () => {
  const of = (approve: number, decline: number): string[] => [
    ...new Array<string>(approve).fill('approve'),
    ...new Array<string>(decline).fill('decline'),
  ];

  test('that is the one before shows nothing, another one does, and the same seed gives the same p', () => {
    expect(testMix(of(70, 30), of(350, 150), 's').p).toBeGreaterThan(0.9);
    expect(testMix(of(40, 60), of(350, 150), 's').p).toBe(1 / 2_000);
    expect(testMix(of(60, 40), of(350, 150), 's')).toEqual(testMix(of(60, 40), of(350, 150), 's'));
  });

  test('that is drawn from one urn alarms no more often than its level says', () => {
    const below = Array.from({ length: 60 }, (_, round) => {
      const outcomes = Array.from({ length: 120 }, (_value, i) =>
        (i * 7919 + round * 104_729) % 101 < 60 ? 'a' : 'b',
      );
      return testMix(outcomes.slice(0, 40), outcomes.slice(40), String(round)).p;
    }).filter((p) => p <= 0.05);
    expect(below.length).toBeLessThanOrEqual(8);
  }, 20_000);
});

describe('two sets of noise', () => {
  test('from one distribution are not told apart, and shifted ones are', () => {
    const even = Array.from({ length: 200 }, (_, i) => i / 200);
    expect(ksTest(even, even)).toBe(1);
    expect(
      ksTest(
        even,
        even.map((value) => value + 0.3),
      ),
    ).toBeLessThan(1e-6);
    expect(ksTest([], even)).toBe(1);
  });
});

describe('coverage', () => {
  const chain = { producer: 'prd_1', kid: 'k', entries: 10, duplicates: 0, lastSeq: 10, broken: 0 };

  test('is whole where every number came, a duplicate having spent one too', () => {
    expect(coverageOf([chain, { ...chain, entries: 9, duplicates: 1 }], [])).toMatchObject({
      missing: 0,
      incomplete: [],
    });
  });

  test('counts gaps, breaks and what producers say they dropped', () => {
    const dropped = { id: 'c', type: 'capture.dropped', fields: new Map([['/capture/dropped', 4]]) };
    expect(
      coverageOf(
        [
          { ...chain, lastSeq: 13 },
          { ...chain, broken: 2 },
        ],
        [dropped],
      ),
    ).toMatchObject({
      producers: 2,
      missing: 3,
      broken: 2,
      dropped: 4,
      incomplete: ['prd_1', 'prd_1'],
    });
  });
});

describe('the canary', () => {
  const seen = (answers: readonly string[], served = 'm fp_1'): CanaryObservation => ({
    v: 1,
    liveModel: 'host m',
    served: [served],
    probes: [{ probe: 'sum.v1', answers }],
  });

  test.each([
    ['first', seen(['7773']), []],
    ['same', seen(['7773']), [seen(['7773'])]],
    ['changed', seen(['7774']), [seen(['7773']), seen(['7773'])]],
    ['changed', seen(['7773'], 'm fp_2'), [seen(['7773'])]],
    ['varies', seen(['7773', '7774']), [seen(['7773'])]],
    ['same', seen(['7774']), [seen(['7773']), seen(['7774'])]],
    ['not-observed', null, [seen(['7773'])]],
  ] as const)('is %s', (status, now, before) => {
    expect(judgeCanary(now, before).status).toBe(status);
  });
});

const rerun: RerunFacts = {
  cohort: 'coh_1',
  controlRun: 'run_1',
  drawn: 100,
  compared: 100,
  notReplayable: [],
  mismatches: 0,
  mode: 'exact',
  tests: (['semantic', 'semantic+edit', 'flips'] as const).map((statistic) => ({
    statistic,
    excess: 0,
    interval: [0, 0] as const,
    p: 1,
    pAdjusted: 1,
  })),
  directions: [],
  recordedMix: { approve: 100 },
  liveMix: { approve: 100 },
  embedder: 'e',
  scorer: 's',
};

const facts: FindingFacts = {
  schedule: 'sch_1',
  name: 'underwriting',
  attempt: 1,
  window: { opens: 'a', closes: 'b', from: 0, until: 100, referenceFrom: 0, root: null },
  agent: 'underwriter@1.0.0',
  versions: ['underwriter@1.0.0'],
  type: 'loan.approve',
  decisions: 100,
  late: 0,
  seed: 1,
  model: 'tape',
  liveModel: null,
  alpha: 0.01,
  rerun,
  mix: null,
  overrides: null,
  noise: null,
  coverage: coverageOf([{ producer: 'p', kid: 'k', entries: 5, duplicates: 0, lastSeq: 5, broken: 0 }], []),
  canary: NOT_OBSERVED,
  inconclusive: null,
};

describe('a finding', () => {
  test('of a quiet night claims no evidence, never that nothing drifted, and raises nothing', () => {
    const finding = buildFinding(facts);
    expect(finding.status).toBe('no-evidence');
    expect(alertsOf(finding)).toEqual([]);
  });

  test.each([
    ['too few decisions', { rerun: { ...rerun, compared: 29, drawn: 29 } }, 'inconclusive', 'drift.too_few', 0],
    ['none at all', { rerun: null }, 'inconclusive', 'drift.too_few', 0],
    ['many that could not be re-run', { rerun: { ...rerun, compared: 89 } }, 'inconclusive', 'drift.not_replayable', 1],
    ['gaps in the capture', { coverage: { ...facts.coverage, missing: 3 } }, 'inconclusive', 'drift.coverage', 1],
    [
      'an agent that is not served',
      { rerun: null, inconclusive: { code: 'agent.not_available', reason: 'x' } },
      'inconclusive',
      'agent.not_available',
      1,
    ],
  ] as const)('with %s is inconclusive', (_, over, status, code, alerts) => {
    const finding = buildFinding({ ...facts, ...over });
    expect(finding).toMatchObject({ status, inconclusive: { code } });
    expect(alertsOf(finding)).toHaveLength(alerts);
  });

  test('of an agent whose identical re-runs leave its record is a shift without a test', () => {
    const finding = buildFinding({ ...facts, rerun: { ...rerun, mismatches: 1 } });
    expect(finding.status).toBe('shift');
    expect(alertsOf(finding).map(({ key, severity }) => [key, severity])).toEqual([['sch_1 rerun-exact', 'high']]);
  });

  test('shares its level over all its tests', () => {
    const overrides = {
      window: { overridden: 9, decisions: 100 },
      reference: { overridden: 9, decisions: 700 },
      p: 0.004,
    };
    expect(buildFinding({ ...facts, overrides }).status).toBe('no-evidence');
    expect(buildFinding({ ...facts, overrides: { ...overrides, p: 0.003 } }).status).toBe('shift');
  });

  test('is read back whole from its entry, and not at all when a part was changed', () => {
    const finding = buildFinding(facts);
    const entry = findingEntry('drf_1', finding, { manifest: 'run_1', supersedes: null, schedule: 'ent_1' });
    const fields = new Map(entry.fields.map(({ path, value }) => [path, value]));
    expect(readFinding(fields)).toEqual(finding);
    expect(fields.get('/digest')).toBe(findingDigest(finding));
    expect(readFinding(new Map([...fields, ['/status', 'shift']]))).toBeNull();
  });
});

describe('a recorded decision', () => {
  test('is a run whose writes stand where a re-run proposes them', () => {
    const call = (effect: string, name: string) => ({ effect, name, key: 'k' });
    const fields = new Map<string, never>(
      Object.entries({
        '/decision/outcome': 'approve',
        '/reasoning/1': 'second',
        '/reasoning/0': 'first',
        '/tape/0': call('read', 'bureau'),
        '/tape/1': call('irreversible', 'letter'),
      }) as unknown as [string, never][],
    );
    expect(recordedRun(fields)).toEqual({ outcome: 'approve', steps: ['first', 'second'], actions: ['letter k'] });
    expect(recordedRun(new Map())).toBeNull();
  });
});

describe('two pipeline runs', () => {
  const decision = (session: string, key: string, inputs: Record<string, string | number>) => {
    const id = decisionId({ tenant: 't', agent: 'a', version: '1', session, key });
    return { id, agent: 'a@1', session, subject: null, fields: new Map([['/context/inputs', inputs]]) };
  };

  test('say where their business key stands: the value that ids are made of, and no other that looks like one', () => {
    const decisions = ['7', '8', '9'].map((key) => decision('s1', key, { row: Number(key) - 6, loan: key }));
    expect(findKeyPointer('t', decisions)).toBe('/context/inputs/loan');
    expect(findKeyPointer('other', decisions)).toBeNull();
    expect(findKeyPointer('t', [])).toBeNull();
  });

  const side = (key: string, outcome: string) => ({
    key,
    decision: `dec_${key}_${outcome}`,
    run: { outcome, steps: [], actions: [] },
  });

  test('are paired key by key, repeated ones together, and the newest stands', () => {
    const { pairs, ...rest } = pairRuns(
      [side('1', 'a'), side('2', 'b'), side('3', 'a')],
      [side('1', 'a'), side('1', 'b'), side('2', 'a'), side('4', 'a')],
    );
    expect(rest).toEqual({ onlyA: 1, onlyB: 1, repeatedA: 0, repeatedB: 2 });
    expect(compareOutcomesOf(pairs, 0.05)).toMatchObject({ compared: 2, flips: 2, mixB: { b: 1, a: 1 } });
  });

  test('of too few cases are inconclusive whatever they show', () => {
    expect(comparisonVerdict(29, [{ name: 'x', p: 0 }], 0.05).verdict).toBe('inconclusive');
    expect(comparisonVerdict(30, [{ name: 'x', p: 0.05 }], 0.05).verdict).toBe('shift');
    expect(comparisonVerdict(30, [], 0.05).verdict).toBe('no-evidence');
  });
});
