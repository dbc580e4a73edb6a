import type { Token } from './language.js';

/**
 * Names, codes and ids: what a rewording has to keep as it is. Read from the shape of a token (a capital inside a sentence,
 * all capitals, letters with digits, seven digits and more, an address or URL), not from a tagger's guess alone.
 */
export interface EntityFact {
  /** Lower case; compared and searched in this form. */
  readonly value: string;
  readonly text: string;
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
  for (const token of tokens) {
    if (isEntity(token, opensSentence, shouting) && !COMMON.has(token.lower)) {
      out.set(token.lower, { value: token.lower, text: token.text });
    }
    if (token.type === 'punctuation' || token.type === 'quotedPhrase') opensSentence = /[.!?:;"“(•-]/.test(token.text);
    else opensSentence = false;
  }
  return [...out.values()];
}

function isEntity(token: Token, opensSentence: boolean, shouting: boolean): boolean {
  const { text } = token;
  if (LONG_ID.test(text) || ADDRESS.test(text)) return true;
  if (CODE.test(text)) return !ORDINAL.test(text) && !/^\d+(\p{L}{1,2})$/u.test(text);
  if (shouting) return false;
  if (ACRONYM.test(text)) return true;
  return !opensSentence && CAPITAL.test(text) && !token.stop && token.pos === 'PROPN';
}
