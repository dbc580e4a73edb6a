/** Ranks with ties averaged, from 0. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const out = new Array<number>(values.length).fill(0);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && order[j]?.value === order[i]?.value) j++;
    for (const { index } of order.slice(i, j)) out[index] = (i + j - 1) / 2;
    i = j;
  }
  return out;
}

export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (x.length - 1) / 2;
  let both = 0;
  let ofX = 0;
  let ofY = 0;
  x.forEach((value, i) => {
    const other = (y[i] ?? 0) - mean;
    both += (value - mean) * other;
    ofX += (value - mean) ** 2;
    ofY += other ** 2;
  });
  return both / Math.sqrt(ofX * ofY);
}

/** Probability that a positive scores higher than a negative, ties half. */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  const all = ranks([...negatives, ...positives]);
  const sum = all.slice(negatives.length).reduce((total, rank) => total + rank + 1, 0);
  const n = positives.length;
  return (sum - (n * (n + 1)) / 2) / (n * negatives.length);
}
