import { sha256, toHex } from '@tenet-ledger/record';
import type { PackageFiles } from '../package/files.js';
import type { PageFile } from './dom.js';

/** A chosen folder as a package. The name of the folder itself does not matter. */
export function droppedFiles(list: ArrayLike<PageFile>): PackageFiles {
  const byPath = new Map<string, PageFile>();
  for (const file of Array.from(list)) {
    const [, ...inside] = file.webkitRelativePath.split('/');
    byPath.set(inside.length === 0 ? file.name : inside.join('/'), file);
  }
  const need = (path: string): PageFile => {
    const file = byPath.get(path);
    if (file === undefined) throw new Error(`${path} is missing`);
    return file;
  };
  return {
    paths: [...byPath.keys()],
    read: async (path) => new Uint8Array(await need(path).arrayBuffer()),
    async lines(path, line) {
      const bytes = new Uint8Array(await need(path).arrayBuffer());
      const text = need(path).stream().pipeThrough(new DecompressionStream('gzip'));
      await eachLine(text, line);
      return toHex(sha256(bytes));
    },
  };
}

/** Gives the thread back now and then: a page that does not answer looks broken. */
const PAUSE_EVERY = 500;

async function eachLine(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  line: (text: string) => void | Promise<void>,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  let rest = '';
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    const parts = (rest + decoder.decode(value, { stream: !done })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      await line(part);
      count += 1;
      if (count % PAUSE_EVERY === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    if (done) break;
  }
  if (rest !== '') throw new Error('the last line is cut off');
}
