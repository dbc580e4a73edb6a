/** Order by UTF-16 code units, never by locale: the same on every machine. For ids in ASCII it is Postgres' collation "C". */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
