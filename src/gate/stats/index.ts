export { incompleteBeta, logGamma } from './beta.js';
export { binomialCdf, lowerBound, upperBound } from './binomial.js';
export { decisionsNeeded, planGate, type GatePlanRequest, type PlannedGate } from './planGate.js';
export { bettingUpperBound } from './betting.js';
