/** "3.7 %", "5 %". Where rounding would hide on which side of `beside` a share lies, it gets the decimals that show it. */
export function percent(share: number, beside?: number): string {
  for (let digits = 1; digits <= 4; digits += 1) {
    const text = shown(share, digits);
    if (beside === undefined || share === beside || digits === 4 || text !== shown(beside, digits)) return text;
  }
  return shown(share, 1);
}

function shown(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits).replace(/\.?0+$/, '')} %`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

const NAMED = 10;

/** Decision ids for one line; the whole list is in the data. */
export function named(decisions: readonly string[]): string {
  const more = decisions.length - NAMED;
  return decisions.slice(0, NAMED).join(' ') + (more > 0 ? ` and ${more} more` : '');
}

/** "12,345" */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
