/** Holm (1979): adjusted p-values in the order given. Controls the chance of one false claim among all, whatever their dependence. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let floor = 0;
  order.forEach(({ p, at }, rank) => {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - rank)));
    adjusted[at] = floor;
  });
  return adjusted;
}
