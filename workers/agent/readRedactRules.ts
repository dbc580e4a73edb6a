import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileRedactor, type RedactOptions } from '@tenet-ledger/ghost/replay';
import { AppError } from '../../src/errors/index.js';

/** Rules out of a JSON file, checked, with the key of pseudonyms in them: the children that get them open no file of ours. */
export function readRedactRules(file: string): RedactOptions {
  const path = resolve(file);
  try {
    const rules = withKey(JSON.parse(readFileSync(path, 'utf8')) as RedactOptions);
    compileRedactor(rules);
    return rules;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'usage.invalid',
      `--redact: ${path}: ${message}`,
      { field: '--redact', expected: 'a JSON file of redaction rules', fix: 'give the rules that ghost.configure has' },
      { cause },
    );
  }
}

function withKey(rules: RedactOptions): RedactOptions {
  const { pseudonyms } = rules;
  if (pseudonyms?.keyFile === undefined || pseudonyms.key !== undefined) return rules;
  const { keyFile, ...rest } = pseudonyms;
  return { ...rules, pseudonyms: { ...rest, key: readFileSync(keyFile, 'utf8').trim() } };
}
