/**
 * The assignment of rows to columns with the least total cost (Kuhn–Munkres with potentials, O(rows² · columns)).
 * Needs rows ≤ columns. Ties are broken by the lower column, so equal input gives equal output.
 */
export function assign(cost: readonly (readonly number[])[], columns: number): number[] {
  const rows = cost.length;
  if (rows > columns) throw new RangeError(`expected at most ${columns} rows, got ${rows}`);
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const way = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    augment(cost, row, { rowPotential, columnPotential, rowOf, way });
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] as number;
    if (row > 0) columnOf[row - 1] = column - 1;
  }
  return columnOf;
}

interface State {
  readonly rowPotential: Float64Array;
  readonly columnPotential: Float64Array;
  /** Row held by each column; 0 = free. Column 0 is the row being placed. */
  readonly rowOf: Int32Array;
  readonly way: Int32Array;
}

/** Places one more row along a shortest augmenting path. */
function augment(cost: readonly (readonly number[])[], row: number, state: State): void {
  const { rowPotential, columnPotential, rowOf, way } = state;
  const columns = rowOf.length - 1;
  const least = new Float64Array(columns + 1).fill(Infinity);
  const used = new Uint8Array(columns + 1);
  rowOf[0] = row;
  let column = 0;
  do {
    used[column] = 1;
    const from = rowOf[column] as number;
    let delta = Infinity;
    let next = 0;
    for (let j = 1; j <= columns; j++) {
      if (used[j] === 1) continue;
      const reduced =
        (cost[from - 1]?.[j - 1] as number) - (rowPotential[from] as number) - (columnPotential[j] as number);
      if (reduced < (least[j] as number)) {
        least[j] = reduced;
        way[j] = column;
      }
      if ((least[j] as number) < delta) {
        delta = least[j] as number;
        next = j;
      }
    }
    for (let j = 0; j <= columns; j++) {
      if (used[j] === 1) {
        const held = rowOf[j] as number;
        rowPotential[held] = (rowPotential[held] as number) + delta;
        columnPotential[j] = (columnPotential[j] as number) - delta;
      } else least[j] = (least[j] as number) - delta;
    }
    column = next;
  } while (rowOf[column] !== 0);
  while (column !== 0) {
    const before = way[column] as number;
    rowOf[column] = rowOf[before] as number;
    column = before;
  }
}
