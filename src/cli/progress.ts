import { count, seconds } from './render/numbers.js';

/** Streams of terminals whose last line is one of ours that is still being redrawn. */
const standing = new WeakSet<NodeJS.WriteStream>();

/** Whole lines, in the place of a progress line where one stands: the next figure draws it anew below them. */
export function writeLines(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const clear = standing.delete(stream) ? CLEAR_LINE : '';
  stream.write(`${clear}${lines.map((line) => `${line}\n`).join('')}`);
}

/** One line on stderr, redrawn in place on a terminal; in a pipe a line every few seconds. Rate and time left when a total is known. */
export interface Progress {
  update(done: number, total: number | null, note?: string): void;
  say(note: string): void;
  end(): void;
}

const CLEAR_LINE = '\r\u001b[2K';
const TERMINAL_MS = 100;
const PIPE_MS = 5000;

export function createProgress(
  label: string,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  const terminal = stream.isTTY === true;
  const created = now();
  // Waiting for services is not work: the rate counts from what was there at the first figure.
  let work: { readonly at: number; readonly done: number } | undefined;
  let last = 0;
  const draw = (line: string): void => {
    const at = now();
    if (at - last < (terminal ? TERMINAL_MS : PIPE_MS)) return;
    last = at;
    if (terminal) {
      stream.write(`${CLEAR_LINE}${line.slice(0, Math.max(20, stream.columns - 1))}`);
      standing.add(stream);
    } else if (at - created >= PIPE_MS) stream.write(`${line}\n`);
  };
  return {
    update(done, total, note) {
      work ??= { at: now(), done };
      const elapsed = (now() - work.at) / 1000;
      const rate = elapsed > 0 ? (done - work.done) / elapsed : 0;
      const left = total !== null && rate > 0 ? `, ${seconds(((total - done) / rate) * 1000)} left` : '';
      const of = total === null ? '' : ` of ${count(total)}`;
      const speed = rate > 0 ? ` (${count(Math.round(rate))}/s${left})` : '';
      draw(`${label}: ${count(done)}${of}${speed}${note === undefined ? '' : ` ${note}`}`);
    },
    say(note) {
      draw(`${label}: ${note}`);
    },
    end() {
      if (standing.delete(stream)) stream.write(CLEAR_LINE);
    },
  };
}
