import { percent } from '../figures.js';
import { decisionsNeeded } from '../stats/index.js';
import type { GatePolicy } from '../types.js';
import { CALIBRATED_FROM } from './defaults.js';
import type { FileProblem } from '../../yaml/index.js';

type PlaceOf = (path: readonly PropertyKey[]) => { line: number; column: number };

/** What makes a valid policy unable to do what its author wants. */
export function policyWarnings(policy: GatePolicy, placeOf: PlaceOf): FileProblem[] {
  const warnings: FileProblem[] = [];
  const { size } = policy.cohort;
  const warn = (path: readonly string[], message: string, fix: string): void => {
    warnings.push({ severity: 'warning', ...placeOf(path), field: path.join('.'), message, fix });
  };
  const needed = policy.maxFlipRate < 1 ? decisionsNeeded(0, policy.maxFlipRate, policy.alpha) : 1;
  if (size < needed) {
    warn(
      ['cohort', 'size'],
      `${size} decisions cannot prove a flip rate below ${percent(policy.maxFlipRate)}: every run will be inconclusive`,
      `draw at least ${needed}`,
    );
  }
  if (policy.rationale.maxShift < 1 && size < CALIBRATED_FROM) {
    warn(
      ['cohort', 'size'],
      `${size} decisions do not calibrate the noise profile: the rationale rule may be inconclusive`,
      `draw at least ${CALIBRATED_FROM}`,
    );
  }
  return warnings;
}
