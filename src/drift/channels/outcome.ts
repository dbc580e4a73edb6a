import type { Channel } from './types.js';

/** Another outcome than every baseline run's: 1, than some: the share of them. */
export const outcome: Channel = {
  name: 'outcome',
  weight: 1,
  evidence: 'outcome',
  score({ candidate, baseline }) {
    const other = baseline.filter(({ run }) => run.outcome !== candidate.outcome);
    const value = baseline.length === 0 ? 0 : other.length / baseline.length;
    const was = other[0]?.run.outcome;
    const note = `outcome ${was ?? ''} → ${candidate.outcome}`;
    return {
      channel: 'outcome',
      value,
      evidence: was === undefined ? [] : [{ candidateStep: null, baselineStep: null, note }],
    };
  },
};
