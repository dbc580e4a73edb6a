import type { RawItem, ReadFrom } from '../types.js';
import { readJsonArray } from './jsonArray.js';
import { readJsonLines } from './jsonLines.js';
import { START } from './lines.js';

const PEEK_BYTES = 8 * 1024 * 1024;

/** JSON in any of the forms an export comes in: one value a line, one array, one object around an array, one object. */
export async function* readJsonFile(
  source: AsyncIterable<Uint8Array>,
  within: readonly string[],
  from: ReadFrom = START,
): AsyncGenerator<RawItem, void> {
  const chunks: AsyncIterator<Uint8Array, undefined> = source[Symbol.asyncIterator]() as AsyncIterator<
    Uint8Array,
    undefined
  >;
  const head = await firstLine(chunks);
  const all = chain(head, chunks);
  if (!isOneLine(head)) yield* readJsonArray(all, within, from);
  else for await (const item of readJsonLines(all)) if (item.place.n > from.n) yield item;
}

/** The bytes up to the first line end at least, as far as they are worth holding. */
async function firstLine(chunks: AsyncIterator<Uint8Array, undefined>): Promise<Buffer> {
  const held: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) break;
    held.push(next.value);
    size += next.value.length;
    if (next.value.includes(0x0a) || size > PEEK_BYTES) break;
  }
  return Buffer.concat(held);
}

async function* chain(head: Buffer, rest: AsyncIterator<Uint8Array, undefined>): AsyncGenerator<Uint8Array, void> {
  if (head.length > 0) yield head;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/** Whether the first line is a whole object of its own and more may follow. */
function isOneLine(head: Buffer): boolean {
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (!text.startsWith('{')) return false;
  const end = text.indexOf('\n');
  if (end === -1) return false;
  try {
    JSON.parse(text.slice(0, end));
    return text.slice(end).trim() !== '';
  } catch {
    return false;
  }
}
