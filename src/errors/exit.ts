import { isAppError } from './appError.js';
import { codeRow } from './codes.js';

/** Exit codes: a public contract. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  gateFailed: 3,
  notAuthorised: 4,
  inconclusive: 5,
  integrity: 6,
  pending: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: unknown): number {
  if (!isAppError(error)) return EXIT.error;
  const { exit, kind } = codeRow(error.code);
  return exit ?? (kind === 'IntegrityViolation' ? EXIT.integrity : EXIT.error);
}
