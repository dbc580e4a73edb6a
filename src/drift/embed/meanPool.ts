/** Means over the tokens of each text, then unit length. `hidden` is [texts, tokens, dims], all texts of equal length. */
export function meanPool(hidden: Float32Array, texts: number, tokens: number, dims: number): Float32Array[] {
  const out: Float32Array[] = [];
  for (let text = 0; text < texts; text++) {
    const vector = new Float32Array(dims);
    for (let token = 0; token < tokens; token++) {
      const at = (text * tokens + token) * dims;
      for (let i = 0; i < dims; i++) vector[i] = (vector[i] as number) + (hidden[at + i] as number);
    }
    out.push(toUnit(vector));
  }
  return out;
}

/** Scales in place to length 1; a zero vector stays zero. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  return vector;
}
