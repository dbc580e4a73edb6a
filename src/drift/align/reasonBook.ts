import type { StepView } from '../text/readStep.js';
import type { ReasoningRun } from '../types.js';
import { alignSteps } from './alignSteps.js';
import type { ReasonBook } from './reasons.js';
import type { StepSpace } from './stepSpace.js';

const MIN_DECISIONS = 3;
/** Of the decisions where one run has the one sentence and another run the other: the share in which they stand for each other. */
const ALWAYS = 0.9;
const TOGETHER = 2;
/** Bounds for agents that never repeat a sentence: frames that are learned from, and rivals of a frame. */
const MAX_FRAMES = 2000;
const MAX_RIVALS = 100;

/**
 * Sentences that stand for each other whenever re-runs of one decision hold both, and never occur in one run, are wordings of one
 * reason. Sentences that occur together in runs are different reasons. Learned from the control arm alone.
 */
export function readReasons(decisions: readonly (readonly ReasoningRun[])[], space: StepSpace): ReasonBook {
  const common = commonFrames(decisions, space);
  const paired = new PairCounts();
  const beside = new PairCounts();
  const together = new PairCounts();
  for (const runs of decisions) {
    const views = runs.map((run) => run.steps.map(space.read).filter((step) => common.has(space.frame(step))));
    const seen = { paired: new Set<number>(), beside: new Set<number>(), together: new Set<number>() };
    views.forEach((a, i) => {
      addPairs(a, a, space, seen.together);
      for (const b of views.slice(i + 1)) {
        addPairs(a, b, space, seen.beside);
        addAligned(a, b, space, seen.paired);
      }
    });
    paired.addAll(seen.paired);
    beside.addAll(seen.beside);
    together.addAll(seen.together);
  }
  const wordings = new Map<number, StepView[]>();
  for (const [key, count] of paired.counts) {
    if (count < MIN_DECISIONS || together.get(key) > 0 || count < ALWAYS * beside.get(key)) continue;
    const [x, y] = framesOf(key);
    push(wordings, x, common.get(y));
    push(wordings, y, common.get(x));
  }
  return createBook(common, wordings, together, space);
}

function createBook(
  example: ReadonlyMap<number, StepView>,
  wordings: ReadonlyMap<number, readonly StepView[]>,
  together: PairCounts,
  space: StepSpace,
): ReasonBook {
  const opponents = new Map<number, Set<number>>();
  for (const [key, count] of together.counts) {
    if (count < TOGETHER) continue;
    const [x, y] = framesOf(key);
    opponents.set(x, (opponents.get(x) ?? new Set<number>()).add(y));
    opponents.set(y, (opponents.get(y) ?? new Set<number>()).add(x));
  }
  const sameReason = (frame: number): number[] => [frame, ...(wordings.get(frame) ?? NONE).map(space.frame)];
  const others = new Map<number, ReadonlySet<number>>();
  /** What is another reason than one wording is another reason than all of them. */
  const othersOf = (frame: number): ReadonlySet<number> => {
    let set = others.get(frame);
    if (set === undefined) {
      const direct = sameReason(frame).flatMap((own) => [...(opponents.get(own) ?? [])]);
      set = new Set(direct.flatMap(sameReason));
      others.set(frame, set);
    }
    return set;
  };
  const rivals = new Map<number, readonly StepView[]>();
  return {
    wordings: (frame) => wordings.get(frame) ?? NONE,
    different: (a, b) => othersOf(a).has(b) || othersOf(b).has(a),
    rivals: (frame) => {
      let list = rivals.get(frame);
      if (list === undefined) {
        const known = othersOf(frame);
        list = [...example].flatMap(([other, step]) => (known.has(other) ? [step] : [])).slice(0, MAX_RIVALS);
        rivals.set(frame, list);
      }
      return list;
    },
  };
}

const NONE: readonly StepView[] = [];

/** Frames of at least two decisions with a step that shows each, most frequent first. One that never comes back teaches nothing. */
function commonFrames(decisions: readonly (readonly ReasoningRun[])[], space: StepSpace): Map<number, StepView> {
  const counts = new Map<number, number>();
  const example = new Map<number, StepView>();
  for (const runs of decisions) {
    const here = new Set<number>();
    for (const step of runs.flatMap((run) => run.steps.map(space.read))) {
      const frame = space.frame(step);
      here.add(frame);
      if (!example.has(frame)) example.set(frame, step);
    }
    for (const frame of here) counts.set(frame, (counts.get(frame) ?? 0) + 1);
  }
  const ranked = [...counts].filter(([, count]) => count >= TOGETHER).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return new Map(ranked.slice(0, MAX_FRAMES).map(([frame]) => [frame, example.get(frame) as StepView]));
}

/** Counts of unordered pairs of frames; a pair is one number, so that millions of them cost little. */
class PairCounts {
  readonly counts = new Map<number, number>();
  addAll(keys: ReadonlySet<number>): void {
    for (const key of keys) this.counts.set(key, this.get(key) + 1);
  }
  get(key: number): number {
    return this.counts.get(key) ?? 0;
  }
}

const SHIFT = 2 ** 24;
const pairKey = (x: number, y: number): number => (x < y ? x * SHIFT + y : y * SHIFT + x);
const framesOf = (key: number): [number, number] => [Math.floor(key / SHIFT), key % SHIFT];

function addPairs(a: readonly StepView[], b: readonly StepView[], space: StepSpace, into: Set<number>): void {
  const [framesA, framesB] = [a.map(space.frame), b.map(space.frame)];
  for (const x of framesA) for (const y of framesB) if (x !== y) into.add(pairKey(x, y));
}

function addAligned(a: readonly StepView[], b: readonly StepView[], space: StepSpace, into: Set<number>): void {
  const cost = (i: number, j: number): number => space.cost(a[i] as StepView, b[j] as StepView);
  for (const pair of alignSteps(a.length, b.length, cost, space.gap).pairs) {
    const [x, y] = [space.frame(a[pair.a] as StepView), space.frame(b[pair.b] as StepView)];
    if (x !== y) into.add(pairKey(x, y));
  }
}

function push(out: Map<number, StepView[]>, frame: number, other: StepView | undefined): void {
  if (other !== undefined) out.set(frame, [...(out.get(frame) ?? []), other]);
}
