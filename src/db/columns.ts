/** Column types our statements return: the name, the Postgres type id, and the TypeScript value. */
export interface ColumnValues {
  bool: boolean;
  int4: number;
  /** Refused beyond 2^53 − 1. */
  int8: number;
  float8: number;
  text: string;
  bytea: Buffer;
  timestamptz: Date;
  jsonb: unknown;
  textArray: string[];
}
export type ColumnType = keyof ColumnValues;

/** A trailing `?` marks a column that may be null. */
export type Columns = Readonly<Record<string, ColumnType | `${ColumnType}?`>>;

export type RowOf<C extends Columns> = {
  [K in keyof C]: C[K] extends `${infer T extends ColumnType}?`
    ? ColumnValues[T] | null
    : C[K] extends ColumnType
      ? ColumnValues[C[K]]
      : never;
};

export const COLUMN_OIDS: Readonly<Record<ColumnType, number>> = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int4: 23,
  text: 25,
  float8: 701,
  textArray: 1009,
  timestamptz: 1184,
  jsonb: 3802,
};

export function safeInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`bigint ${text} is beyond 2^53 - 1`);
  return number;
}
