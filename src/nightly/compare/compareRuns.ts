import { directions, type DecisionRuns, type Direction, type ReasoningRun } from '../../drift/index.js';
import { lowerBound, upperBound } from '../../gate/index.js';
import { countOutcomes } from '../signals/index.js';

/** A decision of one pipeline run, by the key under which both runs know it. */
export interface PairedSide {
  readonly key: string;
  readonly decision: string;
  readonly run: ReasoningRun;
}

export interface Pairing {
  /** `baseline`: all decisions of run B under the key; `candidate`: those of run A. */
  readonly pairs: readonly (DecisionRuns & { readonly decisions: readonly [readonly string[], readonly string[]] })[];
  readonly onlyA: number;
  readonly onlyB: number;
  /** Decisions that share their key with another of their run: a retry or a partition that ran twice. */
  readonly repeatedA: number;
  readonly repeatedB: number;
}

/** The same decisions of two runs side by side, keys in order. */
export function pairRuns(a: readonly PairedSide[], b: readonly PairedSide[]): Pairing {
  const [left, right] = [byKey(a), byKey(b)];
  const keys = [...left.keys()].filter((key) => right.has(key)).sort();
  const repeated = (side: ReadonlyMap<string, readonly PairedSide[]>): number =>
    [...side.values()].reduce((sum, own) => sum + (own.length > 1 ? own.length : 0), 0);
  return {
    pairs: keys.map((key) => {
      const [candidate, baseline] = [left.get(key) ?? [], right.get(key) ?? []];
      return {
        decision: key,
        baseline: baseline.map(({ run }) => run),
        candidate: candidate.map(({ run }) => run),
        decisions: [candidate.map(({ decision }) => decision), baseline.map(({ decision }) => decision)],
      };
    }),
    onlyA: left.size - keys.length,
    onlyB: right.size - keys.length,
    repeatedA: repeated(left),
    repeatedB: repeated(right),
  };
}

function byKey(side: readonly PairedSide[]): Map<string, PairedSide[]> {
  const out = new Map<string, PairedSide[]>();
  for (const one of side) {
    const known = out.get(one.key);
    if (known) known.push(one);
    else out.set(one.key, [one]);
  }
  return out;
}

export interface OutcomeComparison {
  readonly compared: number;
  readonly flips: number;
  readonly rate: number;
  /** One-sided exact bounds of the flip rate, each at this level. */
  readonly bounds: readonly [number, number];
  readonly level: number;
  readonly directions: readonly Direction[];
  readonly mixA: Readonly<Record<string, number>>;
  readonly mixB: Readonly<Record<string, number>>;
}

/** Outcomes of the newest decision under each key: what stands. */
export function compareOutcomesOf(pairs: Pairing['pairs'], alpha: number): OutcomeComparison {
  const sides = pairs.map(({ baseline, candidate }) => ({
    from: baseline.at(-1)?.outcome ?? '',
    to: candidate.at(-1)?.outcome ?? '',
  }));
  const flipped = sides.filter(({ from, to }) => from !== to);
  const [k, n] = [flipped.length, sides.length];
  return {
    compared: n,
    flips: k,
    rate: n === 0 ? 0 : k / n,
    bounds: n === 0 ? [0, 1] : [lowerBound(k, n, alpha), upperBound(k, n, alpha)],
    level: 1 - alpha,
    directions: directions(flipped),
    mixA: countOutcomes(sides.map(({ to }) => to)),
    mixB: countOutcomes(sides.map(({ from }) => from)),
  };
}
