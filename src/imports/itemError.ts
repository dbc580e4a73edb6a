import type { ImportProblem } from './types.js';

/** Thrown while one unit is converted; the unit is reported and the next one is read. */
export class ItemError extends Error {
  readonly problem: Omit<ImportProblem, 'place'>;

  constructor(field: string, message: string, more: Pick<ImportProblem, 'expected' | 'got' | 'fix'> = {}) {
    super(message);
    this.name = 'ItemError';
    this.problem = { field, message, ...more };
  }
}

/** A value as an error may quote it. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
