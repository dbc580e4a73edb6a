import type { Output, Screen } from '../output.js';
import { count, seconds } from '../render/numbers.js';
import { wrap } from '../render/width.js';

/** A line per stage with its time, what it is about below it. `expect` collects what did not come out as stated. */
export interface StagePrinter {
  begin(title: string): Stage;
  /** The lines of all stages once more: the details have scrolled them away. */
  recap(): void;
  readonly failures: readonly string[];
}

export interface Stage {
  /** One fact of how the stage ran; wrapped, and dim where there is colour. */
  fact(text: string): void;
  /** Lines rendered for `screen`, after a blank line. */
  block(lines: readonly string[]): void;
  /** The room that a block has. */
  readonly screen: Screen;
  /** Records whether the stage came out as stated; a failure is printed at once. */
  expect(holds: boolean, what: string): void;
  end(summary: string): void;
}

const INDENT = 6;
const LABEL_WIDTH = 12;
const TIME_WIDTH = 7;
/** Mark, label, time and the blanks between them. */
const HEAD_WIDTH = LABEL_WIDTH + TIME_WIDTH + 5;

interface Ended {
  readonly held: boolean;
  readonly label: string;
  readonly took: string;
  readonly summary: string;
}

export function createStagePrinter(output: Pick<Output, 'note' | 'notes'>, now: () => number = Date.now): StagePrinter {
  const screen = output.notes;
  const room: Screen = { ...screen, width: screen.width - INDENT };
  const indented = (line: string): string => (line === '' ? '' : `${' '.repeat(INDENT)}${line}`);
  const failures: string[] = [];
  const ended: Ended[] = [];
  const write = (lines: readonly string[]): void => {
    for (const line of lines) output.note(line);
  };
  const started = now();
  let number = 0;
  const begin = (title: string): Stage => {
    number += 1;
    const label = `${number} ${title}`;
    const began = now();
    const facts: string[] = [];
    const blocks: (readonly string[])[] = [];
    const unmet: string[] = [];
    return {
      screen: room,
      fact: (text) => void facts.push(text),
      block: (lines) => void blocks.push(lines),
      expect(holds, what) {
        if (!holds) unmet.push(what);
      },
      end(summary) {
        const stage = { held: unmet.length === 0, label, took: seconds(now() - began), summary };
        ended.push(stage);
        failures.push(...unmet.map((what) => `${label}: ${what}`));
        write(stageLines(stage, screen));
        write(
          unmet
            .flatMap((what) => wrapped(`not as stated: ${what}`, room))
            .map((line) => indented(screen.paint('red', line))),
        );
        write(facts.flatMap((text) => wrapped(text, room)).map((line) => indented(screen.paint('dim', line))));
        write(blocks.flatMap((lines) => ['', ...lines.map(indented)]));
        if (blocks.length > 0) write(['']);
      },
    };
  };
  return {
    failures,
    begin,
    recap() {
      const word = failures.length === 0 ? 'every stage came out as stated' : 'not every stage came out as stated';
      write([`${screen.paint('bold', 'In short')}   ${seconds(now() - started)}, ${word}`]);
      write(ended.flatMap((stage) => stageLines(stage, screen)));
    },
  };
}

function stageLines({ held, label, took, summary }: Ended, { paint, width }: Screen): string[] {
  const mark = held ? paint('green', '✓') : paint('red', '✗');
  const [first = '', ...rest] = wrap(summary, Math.max(30, width - HEAD_WIDTH));
  return [
    `${mark} ${paint('bold', label.padEnd(LABEL_WIDTH))} ${took.padStart(TIME_WIDTH)}  ${first}`,
    ...rest.map((line) => `${' '.repeat(HEAD_WIDTH)}${line}`),
  ];
}

/** What runs on is set in, so that facts can be told apart. */
function wrapped(text: string, { width }: Screen): string[] {
  const [first = '', ...rest] = wrap(text, Math.max(30, width));
  return [
    first,
    ...(rest.length === 0 ? [] : wrap(rest.join(' '), Math.max(28, width - 2)).map((line) => `  ${line}`)),
  ];
}

export const range = (from: number, to: number): string =>
  to > from ? `ledger ${count(from)}–${count(to - 1)}` : 'ledger: nothing written';
