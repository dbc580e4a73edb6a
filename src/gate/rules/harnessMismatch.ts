import { percent } from '../figures.js';
import { sampleOf } from '../sample.js';
import type { GateRule } from './rule.js';

/**
 * Decisions whose control arm does not come to the recorded outcome: re-running the very version that was recorded should.
 * Over the limit the gate is inconclusive: the harness, or a recording, is in question, and not the candidate.
 */
export const harnessMismatch: GateRule = {
  name: 'harnessMismatch',
  about: 're-running the baseline version reproduces what was recorded',
  judge(facts, { maxHarnessMismatch: limit }) {
    const sample = sampleOf(facts);
    const drawn = new Set(sample.decisions.map(({ drift }) => drift.decision));
    const decisions = facts.harnessMismatch.filter((decision) => drawn.has(decision));
    const share = drawn.size === 0 ? 0 : decisions.length / drawn.size;
    return {
      rule: 'harnessMismatch',
      status: share > limit ? 'inconclusive' : 'pass',
      line: `${decisions.length}/${drawn.size} control arms differ from the record, ${percent(share, limit)}, limit ${percent(limit)}`,
      decisions,
      figures: { compared: drawn.size, mismatches: decisions.length, share, limit },
      findings: decisions.map((decision) => ({
        decision,
        note: 'the control arm does not come to the recorded outcome',
      })),
    };
  },
};
