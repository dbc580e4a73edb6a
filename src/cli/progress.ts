import { count, seconds } from './render/numbers.js';

/** One line on stderr, redrawn in place on a terminal; in a pipe a line every few seconds. Rate and time left when a total is known. */
export interface Progress {
  update(done: number, total: number | null, note?: string): void;
  say(note: string): void;
  end(): void;
}

const TERMINAL_MS = 100;
const PIPE_MS = 5000;

export function createProgress(
  label: string,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  const terminal = stream.isTTY === true;
  const started = now();
  let last = 0;
  let drawn = false;
  const draw = (line: string, force = false): void => {
    const at = now();
    if (!force && at - last < (terminal ? TERMINAL_MS : PIPE_MS)) return;
    last = at;
    if (terminal) stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, stream.columns - 1))}`);
    else if (at - started >= PIPE_MS) stream.write(`${line}\n`);
    drawn = true;
  };
  return {
    update(done, total, note) {
      const elapsed = (now() - started) / 1000;
      const rate = elapsed > 0 ? done / elapsed : 0;
      const left = total !== null && rate > 0 ? `, ${seconds(((total - done) / rate) * 1000)} left` : '';
      const of = total === null ? '' : ` of ${count(total)}`;
      draw(
        `${label}: ${count(done)}${of} (${count(Math.round(rate))}/s${left})${note === undefined ? '' : ` ${note}`}`,
      );
    },
    say(note) {
      draw(`${label}: ${note}`);
    },
    end() {
      if (terminal && drawn) stream.write('\r\u001b[2K');
    },
  };
}
