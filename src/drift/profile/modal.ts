/** The most frequent value; null in a tie or without values. `unanimous` when there is no other. */
export function modal(values: readonly string[]): { readonly value: string | null; readonly unanimous: boolean } {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ranked = [...counts.entries()].sort((a, b) => b[1] - a[1]);
  const [first, second] = ranked;
  const tied = first !== undefined && second !== undefined && first[1] === second[1];
  return { value: first === undefined || tied ? null : first[0], unanimous: counts.size === 1 };
}

/** Proposed actions as one comparable value: a set, so neither order nor repeats count. */
export function actionSet(actions: readonly string[]): string {
  return JSON.stringify([...new Set(actions)].sort());
}
