/** NDJSON as it arrives: complete lines, blank ones left out. A stream that ends within a line throws: its rest is missing. */
export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: string[] = [];
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      parts.push(text.slice(from, at));
      const line = parts.join('');
      parts = [];
      from = at + 1;
      if (line !== '') yield line;
    }
    if (from < text.length) parts.push(text.slice(from));
  }
  parts.push(decoder.decode());
  if (parts.join('') !== '') throw new Error('the stream ended within a line');
}
