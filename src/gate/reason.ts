import { AppError } from '../errors/index.js';

const MIN = 8;
const MAX = 2_000;

/** What somebody gives as a reason, without blanks at its ends. */
export function assertReason(reason: string): string {
  const text = reason.trim();
  if (text.length >= MIN && text.length <= MAX) return text;
  throw new AppError('input.invalid', 'a reason says why, for somebody who was not there', {
    field: '--reason',
    expected: `${MIN} to ${MAX} characters`,
    got: `${text.length}`,
    fix: 'say what was looked at, and why it may pass',
  });
}
