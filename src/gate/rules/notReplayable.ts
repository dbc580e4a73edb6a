import { percent } from '../figures.js';
import { sampleOf } from '../sample.js';
import type { GateFacts } from '../types.js';
import type { GateRule } from './rule.js';

/**
 * How much of the cohort could not be re-run. Over the limit the gate is inconclusive, not failed: what was not seen is no
 * evidence against the candidate, and never evidence for it (the flip rate counts it as flips).
 */
export const notReplayable: GateRule = {
  name: 'notReplayable',
  about: 'enough of the cohort could be re-run',
  judge(facts, { maxNotReplayable: limit }) {
    const { size, notReplayable: refused, missing } = sampleOf(facts);
    const count = refused + missing;
    const share = size === 0 ? 1 : count / size;
    const reasons = byCode(facts, missing);
    return {
      rule: 'notReplayable',
      status: share > limit ? 'inconclusive' : 'pass',
      line:
        `${count}/${size} not replayable, ${percent(share, limit)}, limit ${percent(limit)}` +
        (reasons.length > 0 ? ` (${reasons.map(([code, n]) => `${code} ${n}`).join(', ')})` : ''),
      decisions: facts.notReplayable.map(({ decision }) => decision),
      figures: { cohort: size, notReplayable: refused, missing, share, limit },
      findings: facts.notReplayable.map(({ decision, code, message }) => ({ decision, note: `${code}: ${message}` })),
    };
  },
};

/** Codes of ours only: anything else an agent worker sent as a code stays out of the line. */
function byCode(facts: GateFacts, missing: number): [string, number][] {
  const counts = new Map<string, number>(missing > 0 ? [['no result', missing]] : []);
  for (const { code } of facts.notReplayable) {
    const known = /^[a-z]+(\.[a-z0-9_]+)+$/.test(code) && code.length <= 60 ? code : 'other';
    counts.set(known, (counts.get(known) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5);
}
