/**
 * The error model of the platform: one class, five kinds, stable codes.
 * It is not where verification outcomes live: those are data (`verdict`, `reasons`) and never thrown.
 */
export { AppError, isAppError, type ErrorDetails } from './appError.js';
export type { ErrorKind } from './kind.js';
export { ERROR_CODES, type ErrorCode } from './codes.js';
export { EXIT, exitCodeOf, type ExitCode } from './exit.js';
export { toProblem, type Problem } from './problem.js';
export { toFailureInfo, type FailureInfo } from './failure.js';
