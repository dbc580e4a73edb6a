/** More ways than this to choose the candidates among one decision's runs are not listed. */
const MAX_ASSIGNMENTS = 20_000;

/**
 * Every way to call `candidates` of `runs` runs the candidate's, as sorted index lists. The first is the one that was
 * observed: the last runs of the list.
 */
export function assignments(runs: number, candidates: number): readonly (readonly number[])[] {
  const found: number[][] = [];
  const chosen: number[] = [];
  const choose = (from: number): void => {
    if (chosen.length === candidates) {
      if (found.length === MAX_ASSIGNMENTS)
        throw new RangeError(`more than ${MAX_ASSIGNMENTS} ways to choose ${candidates} of ${runs} runs`);
      found.push([...chosen]);
      return;
    }
    for (let at = from; at < runs; at += 1) {
      chosen.push(at);
      choose(at + 1);
      chosen.pop();
    }
  };
  choose(0);
  const observed = found.findIndex((list) => list[0] === runs - candidates);
  return [...found.splice(observed, 1), ...found];
}

/**
 * Excess of one decision under an assignment: mean distance between its candidate and its baseline runs, less the mean
 * distance among its baseline runs. `distance` is symmetric.
 */
export function excess(
  candidates: readonly number[],
  runs: number,
  distance: (a: number, b: number) => number,
): number {
  const baseline = Array.from({ length: runs }, (_, at) => at).filter((at) => !candidates.includes(at));
  let between = 0;
  for (const c of candidates) for (const b of baseline) between += distance(c, b);
  let within = 0;
  baseline.forEach((a, i) => {
    for (const b of baseline.slice(i + 1)) within += distance(a, b);
  });
  const pairs = (baseline.length * (baseline.length - 1)) / 2;
  return between / (candidates.length * baseline.length) - (pairs === 0 ? 0 : within / pairs);
}
