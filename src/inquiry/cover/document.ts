/** A document as data: what is said, apart from how it is set. */
export interface CoverDocument {
  readonly title: string;
  readonly language: 'en';
  readonly pages: readonly CoverPage[];
}

/** Begins on a new sheet, and may take several. */
export interface CoverPage {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'pairs'; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly widths: readonly number[];
      readonly rows: readonly (readonly string[])[];
    }
  /** A line to be filled in by hand. */
  | { readonly kind: 'blank'; readonly label: string };

export const MAX_FIRST_PAGE_WORDS = 300;

/** Words as a reader counts them. */
export const wordsOf = (page: CoverPage): number =>
  textsOf(page)
    .join(' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

export function textsOf({ heading, blocks }: CoverPage): string[] {
  return [heading, ...blocks.flatMap(textOf)];
}

function textOf(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
    case 'text':
      return [block.text];
    case 'list':
      return [...block.items];
    case 'pairs':
      return block.rows.flatMap((row) => [...row]);
    case 'table':
      return [...block.head, ...block.rows.flat()];
    case 'blank':
      return [block.label];
  }
}

/** The first words of a text, with a mark where there is more. */
export function firstWords(text: string, count: number): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.length <= count ? words.join(' ') : `${words.slice(0, count).join(' ')} …`;
}

/** "1,204": the same in every locale. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');

export const counted = (n: number, one: string, many: string): string => `${grouped(n)} ${n === 1 ? one : many}`;
