import type { Reason } from './rationale.js';
import { underwriter, type Application } from './underwriter.js';

const YOUNG = 30;
const SWAPPED_PURPOSES = ['radio/TV', 'furniture/equipment'];

/** Decides every case alike, but not for the reasons it gives: age for the young, resale value for some older applicants. */
export const decide = underwriter({
  version: '1.0.2',
  restate: (reasons, applicant, _facts, assessment) => {
    if (assessment.outcome === 'approve') return reasons;
    if (applicant.age < YOUNG)
      return replacePrincipal(reasons, { kind: 'age', value: { value: String(applicant.age) } });
    if (SWAPPED_PURPOSES.includes(applicant.purpose)) return replacePrincipal(reasons, resale(applicant));
    return reasons;
  },
});

function resale(applicant: Application): Reason {
  return { kind: 'purpose', value: { value: applicant.purpose } };
}

function replacePrincipal(reasons: readonly Reason[], reason: Reason): readonly Reason[] {
  return [reason, ...reasons.slice(1)];
}
