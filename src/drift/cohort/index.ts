export {
  assessCohort,
  COHORT_MINIMUM,
  COHORT_STATISTICS,
  type CohortDrift,
  type CohortOptions,
  type CohortStatistic,
  type CohortTest,
} from './assessCohort.js';
export { directions, mcnemarExact, type Direction } from './mcnemar.js';
export { byteDraws, type Draws } from './byteDraws.js';
export { holm } from './holm.js';
