export {
  assessCohort,
  COHORT_MINIMUM,
  COHORT_STATISTICS,
  type CohortDrift,
  type CohortOptions,
  type CohortStatistic,
  type CohortTest,
} from './assessCohort.js';
export type { Direction } from './mcnemar.js';
