import type { z } from 'zod';
import { AppError } from '../errors/index.js';
import { CONFIG_KEYS, keyInfo } from './keys.js';
import { didYouMean } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** What zod found, as the one error a person can act on: the key, its place, what was expected, what to do. */
export function firstProblem(
  issues: readonly Issue[],
  tree: Readonly<Record<string, unknown>>,
  where: (path: readonly string[]) => string,
): AppError {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  const issue = unknown ?? issues[0];
  if (issue === undefined) return new AppError('config.invalid', 'the configuration does not validate');
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0] ?? '', where);
  const key = path.join('.');
  const expected = expectation(issue);
  const got = shown(key, valueAt(tree, path));
  return new AppError('config.invalid', `${where(path)}: ${key} is ${got}, expected ${expected}`, {
    field: key,
    expected,
    got,
    fix: `set ${key} to ${expected}; the keys and where each value comes from: tenet config show`,
  });
}

function unknownKey(path: readonly string[], name: string, where: (path: readonly string[]) => string): AppError {
  const full = [...path, name];
  const siblings = CONFIG_KEYS.filter((info) => path.every((part, i) => info.path[i] === part)).map(
    (info) => info.path[path.length] ?? '',
  );
  const near =
    didYouMean(name, siblings) ??
    CONFIG_KEYS.find((info) => info.path.at(-1) === name)?.key ??
    didYouMean(
      full.join('.'),
      CONFIG_KEYS.map((info) => info.key),
    );
  const suggestion = near === undefined ? '' : `; did you mean ${near}?`;
  return new AppError('config.invalid', `${where(full)}: unknown key ${full.join('.')}${suggestion}`, {
    field: full.join('.'),
    expected: near ?? `one of ${[...new Set(siblings)].join(', ')}`,
    got: name,
    fix: near === undefined ? 'remove the key; the known ones: tenet config show' : `rename it to ${near}`,
  });
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'a mapping of keys and values',
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`;
    case 'too_big':
      return `at most ${String(issue.maximum)}`;
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `at least ${String(issue.minimum)}`;
    default:
      return issue.message.replace(/^expected /, '');
  }
}

function shown(key: string, value: unknown): string {
  if (keyInfo(key)?.secret === true) return 'a secret that is not shown';
  return JSON.stringify(value)?.slice(0, 80) ?? 'missing';
}

function valueAt(tree: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, name) => (node !== null && typeof node === 'object' ? (node as Record<string, unknown>)[name] : undefined),
    tree,
  );
}
