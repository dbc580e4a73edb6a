import type { Output } from '../output.js';
import { count, seconds } from '../render/numbers.js';

/** A line per stage with its time, details below it. `expect` collects what did not come out as stated. */
export interface StagePrinter {
  begin(title: string): Stage;
  readonly failures: readonly string[];
}

export interface Stage {
  detail(line: string): void;
  /** Records whether the stage came out as stated; a failure is printed at once. */
  expect(holds: boolean, what: string): void;
  end(summary: string): void;
}

export function createStagePrinter(output: Output, now: () => number = Date.now): StagePrinter {
  const failures: string[] = [];
  const write = (line: string): void => output.note(line);
  let number = 0;
  return {
    failures,
    begin(title) {
      number += 1;
      const label = `${number} ${title}`;
      const began = now();
      const details: string[] = [];
      let held = true;
      return {
        detail: (line) => details.push(line),
        expect(holds, what) {
          if (holds) return;
          held = false;
          failures.push(`${label}: ${what}`);
        },
        end(summary) {
          const mark = held ? output.paint('green', '✓') : output.paint('red', '✗');
          const took = seconds(now() - began).padStart(7);
          write(`${mark} ${output.paint('bold', label.padEnd(14))} ${took}  ${summary}`);
          for (const line of details) write(line === '' ? '' : `      ${line}`);
          for (const failure of failures.filter((text) => text.startsWith(`${label}: `)))
            write(output.paint('red', `      not as stated: ${failure.slice(label.length + 2)}`));
        },
      };
    },
  };
}

export const range = (from: number, to: number): string =>
  to > from ? `ledger ${count(from)}–${count(to - 1)}` : 'ledger: nothing written';
