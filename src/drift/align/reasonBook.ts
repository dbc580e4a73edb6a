import type { StepView } from '../text/readStep.js';
import type { ReasoningRun } from '../types.js';
import { alignSteps } from './alignSteps.js';
import type { ReasonBook } from './reasons.js';
import type { StepSpace } from './stepSpace.js';

const MIN_DECISIONS = 3;
/** Of the decisions where one run has the one sentence and another run the other: the share in which they stand for each other. */
const ALWAYS = 0.9;
const TOGETHER = 2;

/**
 * Sentences that stand for each other whenever re-runs of one decision hold both, and never occur in one run, are wordings of one
 * reason. Sentences that occur together in runs are different reasons. Learned from the control arm alone.
 */
export function readReasons(decisions: readonly (readonly ReasoningRun[])[], space: StepSpace): ReasonBook {
  const common = commonFrames(decisions, space);
  const paired = new Map<string, number>();
  const beside = new Map<string, number>();
  const together = new Map<string, number>();
  const example = new Map<string, StepView>();
  for (const runs of decisions) {
    const views = runs.map((run) => run.steps.map(space.read));
    const known = views.map((steps) => steps.filter((step) => common.has(space.frame(step))));
    for (const step of known.flat()) if (!example.has(space.frame(step))) example.set(space.frame(step), step);
    const seen = { paired: new Set<string>(), beside: new Set<string>(), together: new Set<string>() };
    known.forEach((a, i) => {
      for (const pair of framePairs(a, a, space)) seen.together.add(pair);
      for (const b of known.slice(i + 1)) for (const pair of framePairs(a, b, space)) seen.beside.add(pair);
    });
    views.forEach((a, i) => {
      for (const b of views.slice(i + 1)) for (const pair of alignedFrames(a, b, space)) seen.paired.add(pair);
    });
    countAll(seen.paired, paired);
    countAll(seen.beside, beside);
    countAll(seen.together, together);
  }
  const wordings = new Map<string, StepView[]>();
  for (const [entry, count] of paired) {
    if (count < MIN_DECISIONS || together.has(entry) || count < ALWAYS * (beside.get(entry) ?? 0)) continue;
    const [x, y] = entry.split('\u0000') as [string, string];
    link(wordings, x, example.get(y));
    link(wordings, y, example.get(x));
  }
  return createBook(example, wordings, together, space);
}

function createBook(
  example: ReadonlyMap<string, StepView>,
  wordings: ReadonlyMap<string, readonly StepView[]>,
  together: ReadonlyMap<string, number>,
  space: StepSpace,
): ReasonBook {
  const opponents = new Map<string, Set<string>>();
  for (const [entry, count] of together) {
    if (count < TOGETHER) continue;
    const [x, y] = entry.split('\u0000') as [string, string];
    opponents.set(x, (opponents.get(x) ?? new Set()).add(y));
    opponents.set(y, (opponents.get(y) ?? new Set()).add(x));
  }
  const sameReason = (frame: string): string[] => [
    frame,
    ...(wordings.get(frame) ?? NONE).map((step) => space.frame(step)),
  ];
  const others = new Map<string, ReadonlySet<string>>();
  /** What is another reason than one wording is another reason than all of them. */
  const othersOf = (frame: string): ReadonlySet<string> => {
    let set = others.get(frame);
    if (set === undefined) {
      const direct = sameReason(frame).flatMap((own) => [...(opponents.get(own) ?? [])]);
      set = new Set(direct.flatMap(sameReason));
      others.set(frame, set);
    }
    return set;
  };
  const rivals = new Map<string, readonly StepView[]>();
  return {
    wordings: (frame) => wordings.get(frame) ?? NONE,
    different: (a, b) => othersOf(a).has(b) || othersOf(b).has(a),
    rivals: (frame) => {
      let list = rivals.get(frame);
      if (list === undefined) {
        list = [...othersOf(frame)].flatMap((other) => example.get(other) ?? []);
        rivals.set(frame, list);
      }
      return list;
    },
  };
}

const NONE: readonly StepView[] = [];

/** Frames of at least two decisions; one that never comes back teaches nothing, and an agent may have thousands. */
function commonFrames(decisions: readonly (readonly ReasoningRun[])[], space: StepSpace): Set<string> {
  const counts = new Map<string, number>();
  for (const runs of decisions) {
    const here = new Set(runs.flatMap((run) => run.steps.map((text) => space.frame(space.read(text)))));
    countAll(here, counts);
  }
  return new Set([...counts].flatMap(([frame, count]) => (count >= TOGETHER ? [frame] : [])));
}

function countAll(entries: ReadonlySet<string>, into: Map<string, number>): void {
  for (const entry of entries) into.set(entry, (into.get(entry) ?? 0) + 1);
}

function key(x: string, y: string): string {
  return x < y ? `${x}\u0000${y}` : `${y}\u0000${x}`;
}

function framePairs(a: readonly StepView[], b: readonly StepView[], space: StepSpace): string[] {
  const out: string[] = [];
  for (const x of a) {
    for (const y of b) {
      const [f, g] = [space.frame(x), space.frame(y)];
      if (f !== g) out.push(key(f, g));
    }
  }
  return out;
}

function alignedFrames(a: readonly StepView[], b: readonly StepView[], space: StepSpace): string[] {
  const cost = (i: number, j: number): number => space.cost(a[i] as StepView, b[j] as StepView);
  const out: string[] = [];
  for (const pair of alignSteps(a.length, b.length, cost, space.gap).pairs) {
    const [f, g] = [space.frame(a[pair.a] as StepView), space.frame(b[pair.b] as StepView)];
    if (f !== g) out.push(key(f, g));
  }
  return out;
}

function link(out: Map<string, StepView[]>, frame: string, other: StepView | undefined): void {
  if (other === undefined) return;
  const list = out.get(frame);
  if (list === undefined) out.set(frame, [other]);
  else list.push(other);
}
