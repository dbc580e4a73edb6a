import { budget } from './budget.js';
import { flipRate } from './flipRate.js';
import { harnessMismatch } from './harnessMismatch.js';
import { notReplayable } from './notReplayable.js';
import { pinned } from './pinned.js';
import { rationale } from './rationale.js';
import type { GateRule } from './rule.js';

/** Every rule of a gate, in the order in which they are printed. A rule is a file here and a line in this array. */
export const GATE_RULES: readonly GateRule[] = [flipRate, pinned, rationale, notReplayable, harnessMismatch, budget];
