import { COHORT_MINIMUM, type CohortDrift, type CohortTest } from '../drift/index.js';
import { grouped, plural } from './figures.js';

/** At most so many decisions of a draw, its first ones: any prefix of the frozen order is a random draw itself. */
export const COHORT_CLAIM_AT_MOST = 1_000;

type Claim = Omit<CohortDrift, 'directions'>;

/**
 * The paired tests in lines for people and machines: figures with everything that somebody else needs to compute them again, then
 * what they say. A claim about the cohort, not about a decision; no outcome is named.
 */
export function cohortLines(claim: Claim): string[] {
  const { decisions, skipped, permutations, seed, tests, verdict } = claim;
  const left = skipped > 0 ? `, ${skipped} left out for want of re-runs` : '';
  const basis = `${plural(decisions, 'decision')}${left}, Holm over ${tests.length}, ${grouped(permutations)} permutations, seed ${seed}`;
  return [
    `${tests.map((test) => figure(test, claim.alpha)).join(' · ')} (${basis})`,
    verdict === 'insufficient-evidence'
      ? `too few for a claim about a cohort: ${COHORT_MINIMUM} decisions with two control re-runs are needed`
      : `${meaning(claim)}; a claim about the cohort, no rule fails by it`,
  ];
}

function figure({ statistic, excess, interval, pAdjusted }: CohortTest, alpha: number): string {
  const between = interval === null ? '' : ` [${short(interval[0])}, ${short(interval[1])}]`;
  return `${statistic} ${short(excess)}${between} p=${pText(pAdjusted)}${pAdjusted <= alpha ? '*' : ''}`;
}

/** New words move both text statistics, so neither speaks of other reasons by itself: decisions are judged by their edits. */
function meaning({ tests, alpha }: Claim): string {
  const shown = new Set(tests.filter(({ pAdjusted }) => pAdjusted <= alpha).map(({ statistic }) => statistic));
  const said: string[] = [];
  if (shown.has('flips')) said.push('outcomes differ more often than between the baseline’s own re-runs');
  if (shown.has('semantic'))
    said.push(
      'the reasons are worded otherwise than between the baseline’s own re-runs: new wording alone does that, so other reasons are judged by decision (rule rationale)',
    );
  else if (shown.has('semantic+edit'))
    said.push('numbers, names, negations or steps of the reasons differ more than between the baseline’s own re-runs');
  return said.length > 0 ? said.join('; ') : 'no evidence of a shift in this cohort, which is not evidence of none';
}

const short = (value: number): string => String(Number(value.toFixed(3)));
const pText = (p: number): string => (p < 0.001 ? p.toFixed(4) : String(Number(p.toFixed(3))));
