import { LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { placeOfKey, placeOfValue, type Place } from './locate.js';
import { nearest } from './nearest.js';
import { fieldName, type FileProblem } from './problem.js';

const MAX_BYTES = 1_048_576;

/** What a file must hold. */
export interface YamlForm<S extends z.ZodType> {
  readonly schema: S;
  /** Keys of each section by path, list items under "*": for "did you mean". */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** "gate policy" */
  readonly what: string;
  /** What makes a valid file unable to do what its author wants. */
  readonly warnings?: (value: z.output<S>, placeOf: (path: readonly PropertyKey[]) => Place) => readonly FileProblem[];
}

export interface YamlCheck<T> {
  /** null when there is an error among the problems. */
  readonly value: T | null;
  /** By line. */
  readonly problems: readonly FileProblem[];
}

/** Everything that is wrong with a file, as data. Never throws for what a file can hold. */
export function checkYaml<S extends z.ZodType>(text: string, form: YamlForm<S>): YamlCheck<z.output<S>> {
  const { schema, keys, what } = form;
  if (text.length > MAX_BYTES) {
    return failed([whole(`the ${what} file is too large`, `at most ${MAX_BYTES} characters`, `${text.length}`)]);
  }
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: false,
    stringKeys: true,
    version: '1.2',
  });
  const faults = [...doc.errors, ...doc.warnings];
  if (faults.length > 0) return failed(faults.map((error) => syntaxProblem(error, lines)));
  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return failed([whole(error instanceof Error ? error.message : 'the file cannot be read', 'plain values')]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failed([
      whole(`not a ${what}`, 'a mapping of keys and values', value === null ? 'nothing' : 'another value'),
    ]);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return failed(parsed.error.issues.flatMap((issue) => problemsOf(issue, doc, lines, value, keys)));
  }
  const placeOf = (path: readonly PropertyKey[]): Place => placeOfValue(doc, lines, path);
  return { value: parsed.data, problems: form.warnings?.(parsed.data, placeOf) ?? [] };
}

function failed(problems: readonly FileProblem[]): YamlCheck<never> {
  return { value: null, problems: [...problems].sort((a, b) => a.line - b.line || a.column - b.column) };
}

function whole(message: string, expected: string, got?: string): FileProblem {
  return { severity: 'error', line: 1, column: 1, field: '', message, expected, ...(got === undefined ? {} : { got }) };
}

function syntaxProblem(error: YAMLError, lines: LineCounter): FileProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  return { severity: 'error', line: Math.max(1, line), column: Math.max(1, col), field: '', message: error.message };
}

type Issue = z.core.$ZodIssue;
type KnownKeys = Readonly<Record<string, readonly string[]>>;

function problemsOf(issue: Issue, doc: Document, lines: LineCounter, value: unknown, keys: KnownKeys): FileProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(issue.path, key, placeOfKey(doc, lines, issue.path, key), keys));
  }
  const got = at(value, issue.path);
  const params = issue.code === 'custom' ? (issue.params ?? {}) : {};
  const fix = typeof params['fix'] === 'string' ? params['fix'] : undefined;
  return [
    {
      severity: 'error',
      ...placeOfValue(doc, lines, issue.path),
      field: fieldName(issue.path),
      message:
        got === undefined ? 'missing' : issue.code === 'custom' && params['expected'] ? messageOf(issue) : 'not valid',
      expected: typeof params['expected'] === 'string' ? params['expected'] : expectation(issue),
      ...(got === undefined ? {} : { got: brief(got) }),
      ...(fix === undefined ? {} : { fix }),
    },
  ];
}

const messageOf = (issue: Issue): string => (issue.message === 'Invalid input' ? 'not valid' : issue.message);

function unknownKey(path: readonly PropertyKey[], key: string, place: Place, keys: KnownKeys): FileProblem {
  const parent = path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.');
  const known = keys[parent] ?? [];
  const meant = nearest(key, known) ?? elsewhere(key, keys);
  return {
    severity: 'error',
    ...place,
    field: fieldName([...path, key]),
    message: 'unknown key',
    expected: `one of ${known.join(', ')}`,
    got: brief(key),
    fix: meant === null ? 'remove it' : `did you mean ${meant}?`,
  };
}

/** A known key that stands in another section. */
function elsewhere(key: string, known: KnownKeys): string | null {
  const found = Object.entries(known).find(([, names]) => names.includes(key));
  return found ? [found[0], key].filter((part) => part !== '').join('.') : null;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return TYPES[issue.expected] ?? `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'text that is not empty'
        : issue.origin === 'array'
          ? 'at least one item'
          : `at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'a mapping of keys and values',
  array: 'a list',
  boolean: 'true or false',
};

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

const brief = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};
