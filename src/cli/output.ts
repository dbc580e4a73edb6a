import { styleText } from 'node:util';
import { writeLines } from './progress.js';
import { guardLine, jsonForTerminal } from './render/escape.js';

export const OUTPUT_FORMATS = ['text', 'json', 'jsonl'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export type Style = Parameters<typeof styleText>[0];

/** What a renderer knows of the place its lines go to. */
export interface Screen {
  /** Obeys NO_COLOR and pipes. */
  readonly paint: (style: Style, text: string) => string;
  readonly width: number;
}

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output extends Screen {
  readonly format: OutputFormat;
  /** Text form for people, JSON otherwise: one value with `json`, one line a row with `jsonl` (rows default to the value). */
  result(value: unknown, text: () => readonly string[], rows?: readonly unknown[]): void;
  /** Text lines and JSON whatever the format: for reporters that were asked for by name. */
  lines(lines: readonly string[]): void;
  json(value: unknown): void;
  /** What a renderer has to know whose lines go to `note`: stderr may be a terminal where stdout is a pipe, and the reverse. */
  readonly notes: Screen;
  /** A finished document (a bundle, a JUnit file) as it is, byte for byte. Not for recorded text on a terminal. */
  raw(text: string): void;
  note(line: string): void;
  readonly isTerminal: boolean;
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

const PIPE_WIDTH = 120;
const MIN_WIDTH = 40;

export function createOutput(format: OutputFormat, streams: Streams = process): Output {
  const { stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true;
  const notes = screenOf(stderr);
  const lines = (list: readonly string[]): void => {
    for (const line of list) stdout.write(`${guardLine(line, isTerminal)}\n`);
  };
  const json = (value: unknown): void => void stdout.write(`${jsonForTerminal(value, 2)}\n`);
  return {
    format,
    isTerminal,
    lines,
    json,
    ...screenOf(stdout),
    notes,
    result(value, text, rows) {
      if (format === 'json') json(value);
      else if (format === 'jsonl') for (const row of rows ?? [value]) stdout.write(`${jsonForTerminal(row)}\n`);
      else lines(text());
    },
    raw(text) {
      stdout.write(text);
    },
    note(line) {
      writeLines(stderr, [guardLine(line, stderr.isTTY === true)]);
    },
  };
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  const isTerminal = stream.isTTY === true;
  return {
    width: isTerminal ? Math.max(MIN_WIDTH, stream.columns || PIPE_WIDTH) : PIPE_WIDTH,
    paint: (style, text) => (isTerminal ? styleText(style, text, { stream }) : text),
  };
}
