import type { Columns, RowOf } from './columns.js';

/**
 * One SQL statement with the columns it returns. Prepared once per connection under `name`. A test PREPAREs every
 * exported statement on a migrated database and compares columns with what Postgres describes.
 */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  readonly columns: Columns;
  /** Type only; never set. */
  readonly row?: Row;
}

const names = new Set<string>();

/** `statement('select_head', { size: 'int8', root: 'bytea' }, 'select size, root from …')`; no columns: {}. */
export function statement<C extends Columns>(name: string, columns: C, text: string): Statement<RowOf<C>> {
  if (names.has(name)) throw new Error(`two SQL statements are named ${name}`);
  names.add(name);
  return { name, text, columns };
}
