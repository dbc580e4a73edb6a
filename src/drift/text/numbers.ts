/** A number a step states, as a canonical string: "1250.5", "36", "t6:00" for a time of day. Signs are not kept. */
export interface NumberFact {
  readonly value: string;
  readonly text: string;
  /** A small number written as a word ("two", "after ten"): often an idiom, so it counts only where it replaces another. */
  readonly idiom: boolean;
}

const LARGEST_IDIOM = 12;

export interface NumbersRead {
  readonly numbers: readonly NumberFact[];
  /** Values said by words that are usually not numbers ("one", "no", "half"): they satisfy a number, and demand none. */
  readonly implied: ReadonlySet<string>;
}

const UNITS: Readonly<Record<string, number>> = {
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
const SCALES: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1_000,
  million: 1_000_000,
  billion: 1_000_000_000,
};
const IMPLIED: Readonly<Record<string, string>> = {
  one: '1',
  once: '1',
  single: '1',
  sole: '1',
  no: '0',
  none: '0',
  zero: '0',
  nil: '0',
  never: '0',
  without: '0',
  half: '50',
  twice: '2',
  double: '2',
  both: '2',
  couple: '2',
  pair: '2',
};

/** Digits that belong to a name or code ("HAT069", "v2") are the entity channel's; so are runs of 7 digits and more. */
const NUMERAL =
  /(?<![\p{L}\d_])(?:(?<time>\d{1,2}:\d{2})(?!\d)|(?<grouped>\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+(?:\.\d+)?)|(?<plain>\d+(?:\.\d+)?))(?<suffix>\s?%|(?:st|nd|rd|th|k|K|m|M|bn)(?![\p{L}\d]))?(?!\d|\p{L}+\d|\p{L}*\d*[_@])/gu;
const WORDS = /(?<![\p{L}\d])\p{L}+(?![\p{L}\d])/gu;
const MULTIPLIER: Readonly<Record<string, number>> = { k: 1e3, K: 1e3, m: 1e6, M: 1e6, bn: 1e9 };
const ID_DIGITS = 7;

export function readNumbers(text: string): NumbersRead {
  const numbers: NumberFact[] = [];
  for (const match of text.matchAll(NUMERAL)) {
    const fact = numeral(match);
    if (fact !== null) numbers.push(fact);
  }
  const implied = new Set<string>();
  spelled(text, numbers, implied);
  return { numbers, implied };
}

/** Every digit of a number as "0": texts that differ in their numbers alone become one text. Codes keep their digits. */
export function maskNumbers(text: string): string {
  return text.replace(NUMERAL, (whole) => whole.replace(/\d/g, '0'));
}

function numeral(match: RegExpMatchArray): NumberFact | null {
  const groups = match.groups ?? {};
  const text = match[0];
  if (groups['time'] !== undefined) return { value: `t${groups['time'].replace(/^0/, '')}`, text, idiom: false };
  const digits = (groups['grouped'] ?? groups['plain'] ?? '').replace(/[,'’\u00a0\u202f]/g, '');
  if (groups['grouped'] === undefined && digits.length >= ID_DIGITS && !digits.includes('.')) return null;
  const suffix = (groups['suffix'] ?? '').trim();
  return { value: canonical(Number(digits) * (MULTIPLIER[suffix] ?? 1)), text, idiom: false };
}

function canonical(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

/** "twenty-four" → 24, "three thousand two hundred" → 3200. */
function spelled(text: string, numbers: NumberFact[], implied: Set<string>): void {
  let open: { total: number; part: number; last: number; words: string[]; end: number } | null = null;
  const close = (): void => {
    if (open !== null) {
      const value = open.total + open.part;
      numbers.push({ value: canonical(value), text: open.words.join(' '), idiom: value <= LARGEST_IDIOM });
    }
    open = null;
  };
  for (const match of text.matchAll(WORDS)) {
    const word = match[0].toLowerCase();
    const joined: boolean = open !== null && /^[\s-]+$/.test(text.slice(open.end, match.index));
    const unit = UNITS[word];
    const scale = SCALES[word];
    if (!joined) close();
    if (unit !== undefined) {
      if (open === null || (open.last < 20 && open.last > 0) || unit >= 20 === open.last >= 20) {
        if (open !== null && open.last !== 0) close();
        open ??= { total: 0, part: 0, last: 0, words: [], end: 0 };
      }
      open.part += unit;
      open.last = unit;
    } else if (scale !== undefined && open !== null) {
      if (scale === 100) open.part *= 100;
      else {
        open.total += open.part * scale;
        open.part = 0;
      }
      open.last = 0;
    } else {
      close();
      const value = IMPLIED[word];
      if (value !== undefined) implied.add(value);
      continue;
    }
    open.words.push(word);
    open.end = match.index + match[0].length;
  }
  close();
}
