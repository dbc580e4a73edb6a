import type { Json } from '@tenet-ledger/record';
import { descend, useAt, type At } from './paths.js';
import { isPseudonym } from './pseudonym.js';
import type { Rules } from './rules.js';
import { CARD, cardIn, HINT, isCardNumber, JSON_MEMBER, secretName } from './secrets.js';

/** What one record lost. */
export interface Tally {
  redacted: number;
  pseudonyms: number;
  readonly names: Set<string>;
}

export const newTally = (): Tally => ({ redacted: 0, pseudonyms: 0, names: new Set() });

/** No secret fits into less. */
const SHORTEST = 9;
const WHOLE = /^\[redacted:[^\]]*\](?:#\d+)?$/;
const jsonMember = new RegExp(JSON_MEMBER, 'gu');
const card = new RegExp(CARD, 'gu');

/** Goes through values by one set of rules. What needs no change is given back as it is, not copied. */
export class Walk {
  constructor(
    readonly rules: Rules,
    readonly tally: Tally,
  ) {}

  value(value: Json, at: At): Json {
    const use = at.length === 0 ? undefined : useAt(at);
    if (use === 'redact') return this.#whole(value, 'path');
    if (use === 'pseudonym') return this.#pseudonym(value);
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.#number(value);
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value)
      ? this.#list(value as readonly Json[], at)
      : this.#members(value as { readonly [key: string]: Json }, at);
  }

  /** One text by the rules about form. */
  text(text: string): string {
    const { secrets, values, patterns } = this.rules;
    if (text.length === 0 || WHOLE.test(text)) return text;
    let out = text;
    if (secrets && text.length >= SHORTEST && HINT.test(text)) {
      for (const { name, regex } of values) out = this.#replace(out, regex, name);
      out = this.#jsonMembers(out);
      out = this.#cards(out);
    }
    for (const { name, regex } of patterns) out = this.#replace(out, regex, name);
    return out;
  }

  /** A value by the name it has. */
  member(name: string, value: Json, at: At): Json {
    const secret = this.rules.secrets ? secretName(name) : undefined;
    return secret !== undefined && useAt(at) === undefined ? this.#whole(value, secret) : this.value(value, at);
  }

  #list(list: readonly Json[], at: At): Json {
    let out: Json[] | undefined;
    for (let i = 0; i < list.length; i += 1) {
      const before = list[i]!;
      const after = this.value(before, at.length === 0 ? at : descend(at, String(i)));
      if (after !== before) (out ??= [...list])[i] = after;
    }
    return out ?? list;
  }

  #members(members: { readonly [key: string]: Json }, at: At): Json {
    const keys = Object.keys(members);
    const names: string[] = [];
    const values: Json[] = [];
    let changed = false;
    for (const key of keys) {
      const before = members[key]!;
      const deeper = at.length === 0 ? at : descend(at, key);
      const after = this.member(key, before, deeper);
      const name = this.text(key);
      names.push(name);
      values.push(after);
      if (after !== before || name !== key) changed = true;
    }
    return changed ? membersOf(names, values) : members;
  }

  /** What says nothing (null, a flag, an empty text) stays. */
  #whole(value: Json, name: string): Json {
    if (value === null || typeof value === 'boolean' || value === '') return value;
    if (typeof value === 'string' && WHOLE.test(value)) return value;
    return this.#say(name);
  }

  /** At and below a pseudonym's path: texts become tokens, numbers are redacted. */
  #pseudonym(value: Json): Json {
    if (typeof value === 'number') return this.#whole(value, 'pseudonym');
    if (typeof value === 'string') {
      if (value === '' || isPseudonym(value) || WHOLE.test(value)) return value;
      const { pseudonyms } = this.rules;
      if (pseudonyms === undefined) return this.#whole(value, 'pseudonym');
      this.tally.pseudonyms += 1;
      return pseudonyms.hide(value);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.#pseudonym(item));
    const entries = Object.entries(value as { readonly [key: string]: Json });
    return membersOf(
      entries.map(([key]) => this.text(key)),
      entries.map(([, item]) => this.#pseudonym(item)),
    );
  }

  #number(value: number): Json {
    return this.rules.secrets && isCardNumber(value) ? this.#say('card') : value;
  }

  #say(name: string): string {
    this.tally.redacted += 1;
    this.tally.names.add(name);
    return `[redacted:${name}]`;
  }

  #replace(text: string, regex: RegExp, name: string): string {
    return text.replace(regex, (match: string) => (WHOLE.test(match) ? match : this.#say(name)));
  }

  #jsonMembers(text: string): string {
    return text.replace(jsonMember, (match: string, before: string, member: string, value: string) => {
      const name = secretName(member);
      return name === undefined || value === '' || WHOLE.test(value) ? match : `${before}"${this.#say(name)}"`;
    });
  }

  #cards(text: string): string {
    return text.replace(card, (run: string) => {
      const number = cardIn(run);
      return number === undefined ? run : this.#say('card') + run.slice(number.length);
    });
  }
}

/** Names that became one are told apart by a number, so that no value is lost. */
function membersOf(names: readonly string[], values: readonly Json[]): { readonly [key: string]: Json } {
  const out: Record<string, Json> = {};
  names.forEach((name, i) => {
    let free = name;
    for (let n = 2; Object.hasOwn(out, free); n += 1) free = `${name}#${n}`;
    Object.defineProperty(out, free, { value: values[i]!, enumerable: true, configurable: true, writable: true });
  });
  return out;
}
