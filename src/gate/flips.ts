import type { DecisionFacts } from './types.js';

/** How the flips of one sample are counted. */
export interface FlipCount {
  /** Decisions that could be judged. */
  readonly judged: number;
  /** Flips among them, before any noise is taken off. */
  readonly flips: number;
  /** What is held against the candidate: `flips` where every control arm agrees with itself, else the excess, rounded up. */
  readonly counted: number;
  /** The control arm's own flips, by leaving one of its runs out: what the agent's noise alone produces. */
  readonly own: number;
  /** Judged decisions whose control arm does not agree with itself. */
  readonly unstable: number;
  /** Decisions whose control arm is too split to say what the baseline does. */
  readonly tied: number;
  /** Per judged decision the excess in [-1, 1]. */
  readonly excess: readonly number[];
}

interface Judged {
  readonly flip: boolean;
  readonly candidate: number;
  readonly own: number;
  readonly unstable: boolean;
}

/**
 * Excess flips of the candidate over the baseline's own.
 *
 * Where no control arm disagrees with itself the excess is the plain count of flips. Otherwise every decision is looked
 * at with one control run left out: the candidate flips if it differs from the modal answer of the K-1 others, and the
 * control arm "flips" if the run left out does; both are averaged over the K choices. If the candidate behaves like the
 * baseline, all K+1 runs are exchangeable and the difference has mean zero, whatever the agent's noise: its lucky
 * agreements are paid for by its own disagreements, and not by the candidate.
 *
 * Conservative in three ways: a negative sum counts as zero; a sum is rounded up; a decision with fewer than three
 * control runs that disagree, or with no modal answer whichever is left out, is not judged (the worst case counts it as
 * a flip).
 */
export function countFlips(decisions: readonly DecisionFacts[]): FlipCount {
  const judged = decisions.map(judgeOne).filter((one) => one !== null);
  const noisy = judged.some(({ unstable }) => unstable);
  const excess = judged.map(({ flip, candidate, own }) => (noisy ? candidate - own : Number(flip)));
  const sum = excess.reduce((total, value) => total + value, 0);
  return {
    judged: judged.length,
    flips: judged.filter(({ flip }) => flip).length,
    counted: Math.max(0, Math.ceil(sum - 1e-9)),
    own: judged.reduce((total, one) => total + one.own, 0),
    unstable: judged.filter(({ unstable }) => unstable).length,
    tied: decisions.length - judged.length,
    excess,
  };
}

/** A flip as drift sees it; and a candidate arm of which half or more differ from a control arm that agrees with itself. */
export function isFlip({ drift, baselineAnswers, candidateAnswers }: DecisionFacts): boolean {
  const answer = unanimous(baselineAnswers);
  return drift.flip || (answer !== null && shareOther(candidateAnswers, answer) >= 0.5);
}

function judgeOne(decision: DecisionFacts): Judged | null {
  const { baselineAnswers: control, candidateAnswers: candidate } = decision;
  if (control.length === 0 || candidate.length === 0) return null;
  const flip = isFlip(decision);
  const answer = unanimous(control);
  if (answer !== null) return { flip, candidate: shareOther(candidate, answer), own: 0, unstable: false };
  return control.length < 3 ? null : leaveOneOut(flip, control, candidate);
}

function leaveOneOut(flip: boolean, control: readonly string[], candidate: readonly string[]): Judged | null {
  let candidateFlips = 0;
  let ownFlips = 0;
  let decided = 0;
  control.forEach((left, i) => {
    const answer = modal(control.filter((_, j) => j !== i));
    if (answer === null) return;
    decided += 1;
    candidateFlips += shareOther(candidate, answer) / control.length;
    ownFlips += Number(left !== answer) / control.length;
  });
  return decided === 0 ? null : { flip, candidate: candidateFlips, own: ownFlips, unstable: true };
}

function unanimous(answers: readonly string[]): string | null {
  const [first] = answers;
  return first !== undefined && answers.every((answer) => answer === first) ? first : null;
}

function modal(answers: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const top = [...counts].filter(([, count]) => count === most);
  return top.length === 1 ? (top[0]?.[0] ?? null) : null;
}

const shareOther = (answers: readonly string[], than: string): number =>
  answers.length === 0 ? 0 : answers.filter((answer) => answer !== than).length / answers.length;
