import type { Screen } from '../output.js';
import { forTerminal } from './escape.js';
import { displayWidth } from './width.js';

/** A piece of a sentence; a marked one is what changed. */
export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

export interface MarkedPair {
  readonly baseline: readonly Piece[];
  readonly candidate: readonly Piece[];
}

/** Below this share of common words a pair is another sentence and not an edit: it is marked whole. */
const EDIT_SHARE = 0.5;
const MAX_WORDS = 200;

export const whole = (text: string): Piece[] => [{ text, marked: true }];
export const unmarked = (text: string): Piece[] => [{ text, marked: false }];

/** Marks the words that only one of two sentences has. */
export function markDifference(baseline: string, candidate: string): MarkedPair {
  const [a, b] = [baseline.split(/\s+/u), candidate.split(/\s+/u)];
  if (Math.max(a.length, b.length) > MAX_WORDS) return { baseline: whole(baseline), candidate: whole(candidate) };
  const { inA, inB, common } = commonWords(a, b);
  if (common < EDIT_SHARE * Math.max(a.length, b.length))
    return { baseline: whole(baseline), candidate: whole(candidate) };
  return { baseline: pieces(a, inA), candidate: pieces(b, inB) };
}

/** Longest common subsequence over words; which words of each side are in it. */
function commonWords(a: readonly string[], b: readonly string[]): { inA: boolean[]; inB: boolean[]; common: number } {
  const lengths: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const inA = a.map(() => false);
  const inB = b.map(() => false);
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      inA[i] = true;
      inB[j] = true;
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return { inA, inB, common: at(0, 0) };
}

function pieces(words: readonly string[], kept: readonly boolean[]): Piece[] {
  const out: { text: string; marked: boolean }[] = [];
  words.forEach((word, at) => {
    const marked = kept[at] !== true;
    const last = out.at(-1);
    if (last?.marked === marked) last.text += ` ${word}`;
    else out.push({ text: word, marked });
  });
  return out;
}

/** Marks stretches of one sentence by position. Stretches are in order and do not overlap. */
export function markRanges(text: string, ranges: readonly { readonly from: number; readonly to: number }[]): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const { from, to } of ranges) {
    if (from > at) out.push({ text: text.slice(at, from).trim(), marked: false });
    out.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at).trim(), marked: false });
  return out.filter((piece) => piece.text !== '');
}

export type Side = 'baseline' | 'candidate';
/** As in `git diff --word-diff`: the marks stay readable without colour. */
const BRACKETS = { baseline: ['[-', '-]'], candidate: ['{+', '+}'] } as const;
const COLOURS = { baseline: 'red', candidate: 'yellow' } as const;

/** Lines of at most `width` columns; a marked stretch that goes over a line end keeps its colour on both. */
export function markedLines(parts: readonly Piece[], side: Side, width: number, screen: Screen): string[] {
  const [open, close] = BRACKETS[side];
  const words = parts.flatMap(({ text, marked }) => {
    const list = forTerminal(text)
      .split(' ')
      .filter((word) => word !== '');
    return list.map((word, at) => ({
      text: marked ? `${at === 0 ? open : ''}${word}${at === list.length - 1 ? close : ''}` : word,
      marked,
    }));
  });
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const painted = word.marked ? screen.paint([COLOURS[side], 'bold'], word.text) : word.text;
    if (line === '') line = painted;
    else if (displayWidth(line) + 1 + displayWidth(word.text) <= width) line += ` ${painted}`;
    else {
      lines.push(line);
      line = painted;
    }
  }
  return [...lines, line];
}
