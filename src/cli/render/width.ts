import { stripVTControlCharacters } from 'node:util';
import { forTerminal } from './escape.js';

const WIDE =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const MARK = /\p{M}/u;
const ONLY_ASCII = /^[\u0020-\u007e]*$/u;

/** Columns that a terminal takes for this text: wide scripts two, combining marks none, colour sequences none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (ONLY_ASCII.test(plain)) return plain.length;
  let width = 0;
  for (const char of plain) width += widthOf(char);
  return width;
}

function widthOf(char: string): number {
  return MARK.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Recorded text made safe and cut to `width` columns, with an ellipsis where something was cut. */
export function clip(text: string, width: number): string {
  // A value may be megabytes long; what lies beyond the first 4 characters a column can't be shown.
  const safe = forTerminal(text.slice(0, width * 4 + 4));
  if (displayWidth(safe) <= width && text.length <= width * 4 + 4) return safe;
  let kept = '';
  let used = 0;
  for (const char of safe) {
    used += widthOf(char);
    if (used > width - 1) break;
    kept += char;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** Lines of at most `width` columns, broken at blanks; a longer word is broken where the line ends. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = pieced(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

/** Parts side by side; a part that does not fit goes on, set in, in the next line. */
export function flow(parts: readonly string[], width: number, gap = '   '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last}${gap}${part}`;
    if (last === undefined || displayWidth(joined) <= width) lines.splice(Math.max(0, lines.length - 1), 1, joined);
    else lines.push(`  ${part}`);
  }
  return lines;
}

function pieced(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const char of word) {
    if (piece !== '' && displayWidth(piece) + widthOf(char) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += char;
  }
  return [...pieces, piece];
}
