import { COHORT_MINIMUM, holm } from '../../drift/index.js';
import type { RerunFacts, Signal, SignalName } from '../types.js';
import type { CanaryVerdict } from './canary.js';
import { isWhole, type Coverage } from './coverage.js';
import type { MixTest } from './mix.js';
import type { NoiseTest } from './noise.js';
import type { OverrideTest } from './overrides.js';

export interface SignalFacts {
  readonly alpha: number;
  readonly rerun: RerunFacts | null;
  readonly mix: MixTest | null;
  readonly overrides: OverrideTest | null;
  readonly noise: NoiseTest | null;
  readonly coverage: Coverage;
  readonly canary: CanaryVerdict;
  readonly model: 'tape' | 'live';
}

type Draft = Omit<Signal, 'pAdjusted' | 'status'> & { readonly status: Signal['status'] | 'test' };

/** Every signal, judged or not, in a fixed order. The tests share one level by Holm; facts are facts. */
export function judgeSignals(facts: SignalFacts): Signal[] {
  const drafts = [...rerunSignals(facts), mixSignal(facts), overrideSignal(facts), noiseSignal(facts)].concat(
    coverageSignal(facts.coverage),
    canarySignal(facts.canary),
  );
  const tested = drafts.filter(({ status }) => status === 'test');
  const adjusted = holm(tested.map(({ p }) => p ?? 1));
  return drafts.map((draft) => {
    if (draft.status !== 'test') return { ...draft, status: draft.status, pAdjusted: null };
    const pAdjusted = adjusted[tested.indexOf(draft)] ?? 1;
    return { ...draft, pAdjusted, status: pAdjusted <= facts.alpha ? 'shift' : 'no-evidence' };
  });
}

const notJudged = (name: SignalName, why: string): Draft => ({ name, status: 'not-judged', p: null, why });

function rerunSignals({ rerun, model }: SignalFacts): Draft[] {
  const names = ['rerun-flips', 'rerun-reasons', 'rerun-exact'] as const;
  if (rerun === null) return names.map((name) => notJudged(name, 'nothing was re-run'));
  const { compared, mismatches, mode, tests } = rerun;
  if (compared < COHORT_MINIMUM)
    return names.map((name) =>
      notJudged(name, `${compared} decisions could be compared, ${COHORT_MINIMUM} are needed`),
    );
  const p = (...statistics: string[]): number =>
    Math.min(
      1,
      statistics.length * Math.min(...tests.flatMap((test) => (statistics.includes(test.statistic) ? [test.p] : []))),
    );
  const of = model === 'live' ? 'the live model' : 'the recorded model answers';
  const exact: Draft =
    mode === 'exact'
      ? {
          name: 'rerun-exact',
          status: mismatches > 0 ? 'shift' : 'no-evidence',
          p: null,
          why: `its re-runs are identical, and ${mismatches} of ${compared} do not come to the recorded outcome`,
        }
      : notJudged('rerun-exact', 'its re-runs differ among themselves');
  return [
    {
      name: 'rerun-flips',
      status: 'test',
      p: p('flips'),
      why: `${mismatches} of ${compared} re-runs with ${of} do not come to the recorded outcome`,
    },
    {
      name: 'rerun-reasons',
      status: 'test',
      p: p('semantic', 'semantic+edit'),
      why: `recorded reasons against re-runs with ${of}, beyond what re-runs differ by themselves`,
    },
    exact,
  ];
}

function mixSignal({ mix }: SignalFacts): Draft {
  if (mix === null) return notJudged('mix', 'too few outcomes in this night or before it');
  return { name: 'mix', status: 'test', p: mix.p, why: 'recorded outcomes against the nights before' };
}

function overrideSignal({ overrides }: SignalFacts): Draft {
  if (overrides === null) return notJudged('overrides', 'no decision in this night, or none before it');
  const { window, reference } = overrides;
  const share = ({ overridden, decisions }: typeof window): string => `${overridden} of ${decisions}`;
  return {
    name: 'overrides',
    status: 'test',
    p: overrides.p,
    why: `overridden: ${share(window)}, in the nights before ${share(reference)}`,
  };
}

function noiseSignal({ noise }: SignalFacts): Draft {
  if (noise === null) return notJudged('noise', 'no stored profile of this version on the same scale');
  const channel = noise.p < 1 && noise.channel !== null ? `, most in ${noise.channel}` : '';
  return {
    name: 'noise',
    status: 'test',
    p: noise.p,
    why: `how it differs from itself, against the stored profile${channel}`,
  };
}

function coverageSignal(coverage: Coverage): Draft {
  const { missing, broken, dropped, producers } = coverage;
  const why =
    producers === 0
      ? 'no producer recorded a decision'
      : `${producers} ${producers === 1 ? 'producer' : 'producers'}: ${missing} numbers missing, ${broken} used twice, ${dropped} records dropped`;
  if (producers === 0) return notJudged('coverage', why);
  return { name: 'coverage', status: isWhole(coverage) ? 'no-evidence' : 'incomplete', p: null, why };
}

function canarySignal({ status, changed, served }: CanaryVerdict): Draft {
  const why = {
    same: 'the fixed probes are answered as before',
    changed: `the live model answers otherwise: ${changed.length > 0 ? changed.join(', ') : `it is served as ${served.join(', ')}`}`,
    varies: 'answers to a fixed probe differ among themselves',
    first: 'the first answers to the fixed probes',
    'not-observed': 'no live model was asked that night',
  }[status];
  if (status === 'changed') return { name: 'canary', status: 'shift', p: null, why };
  if (status === 'same') return { name: 'canary', status: 'no-evidence', p: null, why };
  return notJudged('canary', why);
}
