/** Stakes as parts of the largest allowed one; fixed beforehand, so the product stays a fair game for any data. */
const STAKES = [0.2, 0.5, 0.9] as const;

/**
 * Upper confidence bound, level 1 - alpha, for the mean of independent values in [-1, 1], by betting (Waudby-Smith and
 * Ramdas 2024, fixed stakes, mixture of three). Against "the mean is m or more" a bettor wins Π(1 + λ(m - x)); if that
 * were true, the wealth would reach 1/alpha with probability at most alpha. The bound is the smallest m that is
 * refuted. It adapts to the variance and holds for any distribution; on plain 0/1 data Clopper–Pearson is tighter.
 */
export function bettingUpperBound(values: readonly number[], alpha: number): number {
  const counts = new Map<number, number>();
  for (const value of values) {
    if (!(value >= -1 && value <= 1)) throw new RangeError(`expected values in [-1, 1], got ${value}`);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const target = Math.log(1 / alpha);
  let low = -1;
  let high = 1;
  // Wealth rises with m for every stake, so there is one crossing.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (logWealth(counts, middle) < target) low = middle;
    else high = middle;
  }
}

function logWealth(counts: ReadonlyMap<number, number>, m: number): number {
  const logs = STAKES.map((part) => {
    const stake = part / (1 - m);
    let log = 0;
    for (const [value, count] of counts) log += count * Math.log1p(stake * (m - value));
    return log;
  });
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / STAKES.length);
}
