import { open, type FileHandle } from 'node:fs/promises';
import type { Json } from '@tenet-ledger/record';
import { AppError } from '../../errors/index.js';
import type { RawItem } from '../types.js';
import { parseText, readJsonLines } from './jsonLines.js';
import type { ImportFile } from './openFile.js';

/** Where the line of a request stands; null where two lines have its id: then neither is taken for it. */
type Requests = ReadonlyMap<string, { readonly start: number; readonly end: number } | null>;

/**
 * Lines of a batch's output with the request that each answers, found by `custom_id` in the batch's input file. Only the places of the
 * requests are in memory. A line without a partner is passed on with `request: null`, which its grade says.
 */
export async function* withRequests(lines: AsyncIterable<RawItem>, file: ImportFile): AsyncGenerator<RawItem, void> {
  const requests = await indexRequests(file);
  const handle = await open(file.path, 'r');
  try {
    for await (const line of lines) {
      const id = 'value' in line ? customId(line.value) : null;
      yield 'problem' in line || id === null
        ? line
        : { ...line, value: { ...(line.value as object), request: await bodyAt(handle, requests.get(id) ?? null) } };
    }
  } finally {
    await handle.close();
  }
}

async function indexRequests(file: ImportFile): Promise<Requests> {
  if (file.compressed)
    throw refused(file.path, 'the file of requests is packed', 'unpack it: its lines are read out of order');
  const places = new Map<string, { readonly start: number; readonly end: number } | null>();
  let start = 0;
  for await (const item of readJsonLines(file.read())) {
    if ('problem' in item) throw refused(`${file.path}:${item.place.n}`, item.problem.message, 'correct the line');
    const id = customId(item.value);
    if (id === null || bodyOf(item.value) === null)
      throw refused(
        `${file.path}:${item.place.n}`,
        'not a request of the batch API: it has no custom_id or no body',
        'give the file that the batch was made from',
      );
    places.set(id, places.has(id) ? null : { start, end: item.end });
    start = item.end;
  }
  return places;
}

async function bodyAt(
  handle: FileHandle,
  place: { readonly start: number; readonly end: number } | null,
): Promise<Json> {
  if (place === null) return null;
  const bytes = Buffer.alloc(place.end - place.start);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, place.start);
  // Blank lines before it count to its place.
  const parsed = parseText(
    bytes
      .subarray(0, bytesRead)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trim(),
  );
  return 'value' in parsed ? bodyOf(parsed.value) : null;
}

const memberOf = (value: Json, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;

function customId(value: Json): string | null {
  const id = memberOf(value, 'custom_id');
  return typeof id === 'string' ? id : null;
}

function bodyOf(value: Json): Json {
  const body = memberOf(value, 'body');
  return typeof body === 'object' && !Array.isArray(body) ? body : null;
}

const refused = (field: string, message: string, fix: string): AppError =>
  new AppError('input.invalid', message, { field, fix });
