/** Rows in posts that the door takes. A row alone is within the limit of a line; several of them need not be within that of a body. */
export function* postsOf<Row extends { readonly line: string }>(
  rows: readonly Row[],
  most: { readonly rows: number; readonly bytes: number },
): Generator<readonly Row[], void> {
  let post: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(row.line) + 1;
    if (post.length > 0 && (post.length === most.rows || bytes + size > most.bytes)) {
      yield post;
      post = [];
      bytes = 0;
    }
    post.push(row);
    bytes += size;
  }
  if (post.length > 0) yield post;
}
