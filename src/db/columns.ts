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

/** Microseconds from the Unix epoch to 2000-01-01, Postgres' own epoch. */
const PG_EPOCH_MS = 946_684_800_000;

type Parser = (value: Buffer) => unknown;

/** Postgres' binary representation, so that bytes arrive as bytes and not as hex text twice their size. */
const BINARY: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [16, (b) => b[0] === 1],
  [17, (b) => Buffer.from(b)],
  [20, (b) => safeInteger(b.readBigInt64BE())],
  [23, (b) => b.readInt32BE()],
  [25, (b) => b.toString('utf8')],
  [701, (b) => b.readDoubleBE()],
  [1009, readTextArray],
  [1184, (b) => new Date(Number(b.readBigInt64BE() / 1000n) + PG_EPOCH_MS)],
  [3802, (b) => JSON.parse(b.toString('utf8', 1)) as unknown],
]);

export function binaryParser(oid: number): Parser {
  const parser = BINARY.get(oid);
  if (parser) return parser;
  return () => {
    throw new TypeError(`no binary parser for Postgres type ${oid}: cast the column or add its type to columns.ts`);
  };
}

export function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`bigint ${value} is beyond 2^53 - 1`);
  return number;
}

/** One dimension, no nulls: what our statements return. */
function readTextArray(b: Buffer): string[] {
  if (b.readInt32BE(0) === 0) return [];
  const count = b.readInt32BE(12);
  const values: string[] = [];
  let at = 20;
  for (let i = 0; i < count; i += 1) {
    const length = b.readInt32BE(at);
    values.push(b.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return values;
}
