const PAYLOAD = '"payload\\":\\"';
const ID = '"id":"';

/**
 * The id of a submission line, or '' where it can't be told. Members of S are in canonical order: before `id` come `after`, `agent` and
 * `fields`, which hold no unescaped `"id":"`.
 */
export function recordIdOf(line: Uint8Array): string {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const start = text.indexOf(PAYLOAD, 0, 'latin1');
  const end = text.indexOf('\\"', start + PAYLOAD.length, 'latin1');
  if (start < 0 || end < 0) return '';
  const payload = Buffer.from(text.toString('latin1', start + PAYLOAD.length, end), 'base64').toString('utf8');
  const from = payload.indexOf(ID);
  const found = /^"(?:[^"\\]|\\.)*"/.exec(payload.slice(from + ID.length - 1, from + ID.length + 1_300));
  if (from < 0 || found === null) return '';
  try {
    return String(JSON.parse(found[0]));
  } catch {
    return '';
  }
}
