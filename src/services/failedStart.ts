import { AppError, type ErrorCode } from '../errors/index.js';
import { lastLines } from './logFile.js';

/** A server or process that did not come up: which one, why, where its log is, its last lines, what to try. */
export function failedStart(options: {
  readonly code: ErrorCode;
  readonly what: string;
  readonly reason: string;
  readonly log?: { readonly file: string; readonly offset: number };
  readonly fix: string;
  readonly cause?: unknown;
}): AppError {
  const { code, what, reason, log, fix, cause } = options;
  const lines = log === undefined ? [] : lastLines(log.file, log.offset);
  const said = lines.length === 0 ? '' : `\nlast lines:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const place = log === undefined ? '' : `\nlog: ${log.file}${said}`;
  const details = { fix, ...(log === undefined ? {} : { log: log.file, lastLines: lines }) };
  return new AppError(code, `${what} did not start: ${reason}${place}`, details, { cause });
}
