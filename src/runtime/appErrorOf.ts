import { AppError, ERROR_CODES, isAppError, type ErrorCode, type ErrorDetails } from '../errors/index.js';

const MAX_DEPTH = 16;
/** gRPC status 14: nobody answers at the address. */
const GRPC_UNAVAILABLE = 14;

interface Layer {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly type?: unknown;
  readonly details?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/**
 * The error that a workflow or activity met, as the one it was: its `type` is our code and its first detail our details
 * (activities/failure.ts). Looks through the layers that Temporal puts around it. undefined: none of ours is in there.
 * By shape and not by class, so that the SDK is not loaded to read an error.
 */
export function appErrorOf(failure: unknown): AppError | undefined {
  let at: unknown = failure;
  for (let depth = 0; depth < MAX_DEPTH && typeof at === 'object' && at !== null; depth += 1) {
    if (isAppError(at)) return at;
    const layer = at as Layer;
    const found = ofApplication(layer, failure) ?? ofTemporal(layer, failure);
    if (found !== undefined) return found;
    at = layer.cause;
  }
  return undefined;
}

function ofApplication({ name, type, message, details }: Layer, cause: unknown): AppError | undefined {
  if (name !== 'ApplicationFailure' || typeof type !== 'string' || !Object.hasOwn(ERROR_CODES, type)) return undefined;
  const [first] = Array.isArray(details) ? (details as readonly unknown[]) : [];
  const told: ErrorDetails = typeof first === 'object' && first !== null ? (first as ErrorDetails) : {};
  return new AppError(type as ErrorCode, String(message), told, { cause });
}

function ofTemporal({ name, code }: Layer, cause: unknown): AppError | undefined {
  if (name === 'CancelledFailure' || name === 'TerminatedFailure') {
    const how = name === 'CancelledFailure' ? 'cancelled' : 'terminated';
    return new AppError('interrupted', `its workflow was ${how}`, { fix: 'run the same command again' }, { cause });
  }
  if (code === GRPC_UNAVAILABLE && name !== 'ApplicationFailure') {
    const fix = 'run the same command again; tenet doctor says what runs';
    return new AppError('temporal.unavailable', 'the Temporal server stopped answering', { fix }, { cause });
  }
  return undefined;
}
