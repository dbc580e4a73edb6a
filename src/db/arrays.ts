/**
 * Arrays as Postgres' binary array format. The driver sends a Buffer as a binary parameter, so `unnest($1::bytea[])` gets
 * bytes as they are; its own text encoding would double them and cost more than the insert.
 */
export const bytesArray = (values: readonly Uint8Array[]): Buffer => encode(17, values);

/** Text that is encoded already. */
export const encodedTextArray = (values: readonly Uint8Array[]): Buffer => encode(25, values);

export function textArray(values: readonly (string | null)[]): Buffer {
  let size = 20 + 4 * values.length;
  for (const value of values) if (value !== null) size += Buffer.byteLength(value);
  const out = Buffer.allocUnsafe(size);
  header(out, 25, values.length, values.includes(null));
  let at = 20;
  for (const value of values) {
    const length = value === null ? -1 : out.write(value, at + 4);
    out.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return out;
}

export function int8Array(values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(20 + 12 * values.length);
  header(out, 20, values.length, false);
  let at = 20;
  for (const value of values) {
    out.writeInt32BE(8, at);
    out.writeBigInt64BE(BigInt(value), at + 4);
    at += 12;
  }
  return out;
}

export function int4Array(values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(20 + 8 * values.length);
  header(out, 23, values.length, false);
  let at = 20;
  for (const value of values) {
    out.writeInt32BE(4, at);
    out.writeInt32BE(value, at + 4);
    at += 8;
  }
  return out;
}

export function float8Array(values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(20 + 12 * values.length);
  header(out, 701, values.length, false);
  let at = 20;
  for (const value of values) {
    out.writeInt32BE(8, at);
    out.writeDoubleBE(value, at + 4);
    at += 12;
  }
  return out;
}

function encode(oid: number, values: readonly Uint8Array[]): Buffer {
  let size = 20 + 4 * values.length;
  for (const value of values) size += value.length;
  const out = Buffer.allocUnsafe(size);
  header(out, oid, values.length, false);
  let at = 20;
  for (const value of values) {
    out.writeInt32BE(value.length, at);
    out.set(value, at + 4);
    at += 4 + value.length;
  }
  return out;
}

/** Dimensions, null flag, element type, length, lower bound. One dimension also for zero elements. */
function header(out: Buffer, oid: number, length: number, hasNull: boolean): void {
  out.writeInt32BE(1, 0);
  out.writeInt32BE(hasNull ? 1 : 0, 4);
  out.writeInt32BE(oid, 8);
  out.writeInt32BE(length, 12);
  out.writeInt32BE(1, 16);
}
