import { readFileSync } from 'node:fs';
import type { RedactOptions } from '../config.js';
import { compilePaths, segmentsOf, type At } from './paths.js';
import { Pseudonyms } from './pseudonym.js';
import { SECRET_VALUES, type ValueRule } from './secrets.js';

export interface TextRule {
  readonly name: string;
  readonly regex: RegExp;
}

/** The rules of a process, checked and ready. */
export interface Rules {
  readonly secrets: boolean;
  /** Secrets by their form. */
  readonly values: readonly TextRule[];
  /** The author's own, looked for in every text. */
  readonly patterns: readonly TextRule[];
  readonly root: At;
  readonly pseudonyms: Pseudonyms | undefined;
}

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** What means something else in Python, or nothing: groups but `(?:`, back references, classes by property. */
const NOT_COMMON = /\(\?(?!:)|\\[1-9pPkuxcAzZbBGQE]|[*+?}]\+/;

/** Throws TypeError for rules that can't work. Reads the key file. */
export function compileRules(options: RedactOptions = {}): Rules {
  const { secrets = true, paths = [], patterns = [], pseudonyms } = options;
  const key = pseudonyms === undefined ? undefined : keyOf(pseudonyms);
  const uses = [
    ...paths.map((path) => ({ path, use: 'redact' as const })),
    ...(pseudonyms?.paths ?? []).map((path) => ({ path, use: 'pseudonym' as const })),
  ];
  for (const { path } of uses) named('paths', () => segmentsOf(path));
  return {
    secrets,
    values: secrets ? SECRET_VALUES.map(textRule) : [],
    patterns: patterns.map((rule) => named('patterns', () => ownPattern(rule))),
    root: compilePaths(uses),
    pseudonyms: key === undefined ? undefined : named('pseudonyms', () => new Pseudonyms(key)),
  };
}

function named<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new TypeError(`redact.${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const textRule = ({ name, regex }: ValueRule): TextRule => ({ name, regex: new RegExp(regex, 'gu') });

function ownPattern(rule: ValueRule): TextRule {
  if (!NAME.test(rule.name))
    throw new TypeError(`a name has 1 to 64 of A-Z a-z 0-9 _ . -, got ${JSON.stringify(rule.name)}`);
  if (NOT_COMMON.test(rule.regex))
    throw new TypeError(`${rule.name}: JavaScript and Python do not read ${rule.regex} alike`);
  const compiled = textRule(rule);
  if (new RegExp(rule.regex, 'u').test('')) throw new TypeError(`${rule.name}: ${rule.regex} matches the empty text`);
  return compiled;
}

function keyOf({ key, keyFile }: NonNullable<RedactOptions['pseudonyms']>): Uint8Array | undefined {
  const text = key ?? (keyFile === undefined ? undefined : named('pseudonyms', () => readFileSync(keyFile, 'utf8')));
  return text === undefined ? undefined : Buffer.from(text.trim(), 'base64');
}
