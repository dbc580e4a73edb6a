import { compareText } from './order.js';

export interface StratumCount {
  readonly stratum: string;
  readonly population: number;
}

export interface StratumShare extends StratumCount {
  readonly drawn: number;
}

/**
 * Proportional allocation by largest remainder (Hamilton). No stratum is off its exact quota by one or more; none gets
 * more than it has. Equal remainders go to the larger stratum, then to the name that sorts first. Whole-number
 * arithmetic: no rounding of quotas. `size` must not exceed the population.
 */
export function allocate(strata: readonly StratumCount[], size: number): StratumShare[] {
  const total = strata.reduce((sum, { population }) => sum + population, 0);
  const rows = strata.map(({ stratum, population }) => {
    const product = BigInt(size) * BigInt(population);
    return {
      stratum,
      population,
      drawn: Number(product / BigInt(total)),
      remainder: Number(product % BigInt(total)),
    };
  });
  let left = size - rows.reduce((sum, { drawn }) => sum + drawn, 0);
  const byRemainder = [...rows].sort(
    (a, b) => b.remainder - a.remainder || b.population - a.population || compareText(a.stratum, b.stratum),
  );
  for (const row of byRemainder) {
    if (left === 0) break;
    row.drawn += 1;
    left -= 1;
  }
  return rows
    .map(({ stratum, population, drawn }) => ({ stratum, population, drawn }))
    .sort((a, b) => compareText(a.stratum, b.stratum));
}
