import { digestOf } from '../ids.js';

/** One fixed question. Never changed: another wording is another probe under another name. */
export interface Probe {
  readonly id: string;
  readonly prompt: string;
}

/**
 * Short answers that a model gives the same way again and again: arithmetic, order, instruction, negation, a judgement at a limit.
 * They hold no case of anybody.
 */
export const PROBES: readonly Probe[] = [
  { id: 'sum.v1', prompt: 'Compute 4817 + 2956. Answer with the number only.' },
  { id: 'order.v1', prompt: 'Sort ascending, answer with the list only: 17, 4, 29, 11, 8' },
  {
    id: 'negation.v1',
    prompt: 'No applicant who lacks income is approved. Ann lacks income. Approved? Answer yes or no.',
  },
  {
    id: 'limit.v1',
    prompt: 'Rule: refuse when debt exceeds 40 % of income. Income 3000, debt 1200. Answer refuse or allow.',
  },
  { id: 'word.v1', prompt: 'Answer with one word in lower case: the opposite of "increase".' },
  { id: 'letters.v1', prompt: 'Write the word ledger backwards. Answer with the letters only.' },
];

export interface ProbeAnswer {
  readonly probe: string;
  /** Answer of each asking, trimmed. */
  readonly answers: readonly string[];
}

/** What a live model answered once. Kept with the night, since the past cannot be asked again. */
export interface CanaryObservation {
  readonly v: 1;
  /** "host model", as configured. */
  readonly liveModel: string;
  /** Model and build that the answers name, where they do. */
  readonly served: readonly string[];
  readonly probes: readonly ProbeAnswer[];
}

export interface CanaryVerdict {
  /**
   * `not-observed`: no live model is configured, or the night was computed later. `first`: nothing to compare with. `varies`: some
   * probe's answers differ among themselves, which no comparison can tell from a change.
   */
  readonly status: 'same' | 'changed' | 'varies' | 'first' | 'not-observed';
  readonly fingerprint: string | null;
  readonly before: string | null;
  readonly served: readonly string[];
  /** Probes whose answers were settled before and are others now. */
  readonly changed: readonly string[];
}

export const NOT_OBSERVED: CanaryVerdict = {
  status: 'not-observed',
  fingerprint: null,
  before: null,
  served: [],
  changed: [],
};

/** Over everything that was observed, in a fixed order. */
export const fingerprintOf = ({ liveModel, served, probes }: CanaryObservation): string =>
  digestOf([liveModel, [...served].sort(), probes.map(({ probe, answers }) => [probe, [...new Set(answers)].sort()])]);

/**
 * Against the nights before, newest first. A change needs a probe that gave one answer on each of them and gives only others now, or
 * a model or build in the answers that was on none of them.
 */
export function judgeCanary(now: CanaryObservation | null, before: readonly CanaryObservation[]): CanaryVerdict {
  if (now === null) return NOT_OBSERVED;
  const [last] = before;
  const observed = { fingerprint: fingerprintOf(now), served: now.served };
  if (last === undefined) return { ...observed, status: 'first', before: null, changed: [] };
  const comparable = before.filter(({ liveModel }) => liveModel === now.liveModel);
  const changed = now.probes
    .filter(({ probe, answers }) => {
      const earlier = comparable.flatMap((night) => night.probes.find((own) => own.probe === probe)?.answers ?? []);
      const settled = new Set(earlier).size === 1;
      return settled && answers.length > 0 && answers.every((answer) => !earlier.includes(answer));
    })
    .map(({ probe }) => probe);
  // A provider may serve several builds at once: only one that was on none of these nights is another.
  const known = new Set(comparable.flatMap((night) => night.served));
  const renamed = last.liveModel !== now.liveModel || now.served.some((name) => !known.has(name));
  const varies = now.probes.some(({ answers }) => new Set(answers).size > 1);
  const status = renamed || changed.length > 0 ? 'changed' : varies ? 'varies' : 'same';
  return { ...observed, status, before: fingerprintOf(last), changed };
}
