import type { Token } from './language.js';

/**
 * Names, codes and ids: what a rewording has to keep as it is. Read from the shape of a token (a capital inside a sentence,
 * all capitals, letters with digits, seven digits and more, an address or URL), not from a tagger's guess alone.
 */
export interface EntityFact {
  /** Lower case; compared and searched in this form. */
  readonly value: string;
  readonly text: string;
  /** One word known by its capital alone: any word may be written so, and one that is merely added shows nothing. */
  readonly capitalOnly: boolean;
}

const CODE = /^(?=.*\p{L})(?=.*\d)[\p{L}\d][\p{L}\d._-]*$/u;
const ORDINAL = /^\d+(st|nd|rd|th|k|m|bn)$/i;
const ACRONYM = /^\p{Lu}{2,}$/u;
const CAPITAL = /^\p{Lu}[\p{L}'’-]+$/u;
const LONG_ID = /^\d{7,}$/;
const ADDRESS = /^(https?:\/\/\S+|\S+@\S+\.\S+)$/i;

/** Upper-case units and markers that are not names. */
const COMMON = new Set(['am', 'pm', 'id', 'ok', 'na', 'n/a', 'usd', 'eur', 'gbp', 'dm', 'est', 'utc', 'tv', 'i']);

export function readEntities(tokens: readonly Token[]): EntityFact[] {
  const out = new Map<string, EntityFact>();
  const shouting = tokens.filter((token) => ACRONYM.test(token.text)).length > tokens.length / 2;
  let opensSentence = true;
  const shapes = tokens.map((token) => {
    const shape = COMMON.has(token.lower) ? null : shapeOf(token, opensSentence, shouting);
    const ends = token.type === 'punctuation' || token.type === 'quotedPhrase';
    opensSentence = ends && /[.!?:;"“(•-]/.test(token.text);
    return shape;
  });
  tokens.forEach((token, i) => {
    const shape = shapes[i];
    if (shape === null || shape === undefined) return;
    const alone = shapes[i - 1] !== 'capital' && shapes[i + 1] !== 'capital';
    out.set(token.lower, { value: token.lower, text: token.text, capitalOnly: shape === 'capital' && alone });
  });
  return [...out.values()];
}

function shapeOf(token: Token, opensSentence: boolean, shouting: boolean): 'code' | 'capital' | null {
  const { text } = token;
  if (LONG_ID.test(text) || ADDRESS.test(text)) return 'code';
  if (CODE.test(text)) return ORDINAL.test(text) || /^\d+(\p{L}{1,2})$/u.test(text) ? null : 'code';
  if (shouting) return null;
  if (ACRONYM.test(text)) return 'code';
  return !opensSentence && CAPITAL.test(text) && !token.stop && token.pos === 'PROPN' ? 'capital' : null;
}
