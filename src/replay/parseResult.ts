import { canonicalize, parseStrict, RecordError, utf8 } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { replayResultSchema } from './resultSchema.js';
import type { ReplayResult, ReplayStatus } from './types.js';

/**
 * The edge: one line that an agent worker posted. Everything behind it trusts the type. `maxBytes` is the lane's
 * `maxResultBytes`, measured on the line as it came.
 */
export function parseResultLine(line: string, maxBytes: number): ReplayResult {
  const bytes = line.length > maxBytes ? line.length : utf8(line).length;
  if (bytes > maxBytes) {
    throw new AppError('input.too_large', 'a replay result is over the limit of its lane', {
      field: '',
      expected: `at most ${maxBytes} bytes`,
      got: `${bytes} bytes`,
      fix: 'shorten what the agent returns, or raise maxResultBytes of the lane',
    });
  }
  return shaped(readJson(() => parseStrict(line)));
}

/** Strict: unknown members, non-finite numbers, lone surrogates and over-long parts are refused, with their path. */
export function parseReplayResult(value: unknown): ReplayResult {
  const result = shaped(value);
  // JSON all through, and representable in canonical form: what the row's hash is taken over.
  readJson(() => canonicalize(value));
  return result;
}

/** `value` must be such as `parseStrict` gives or `canonicalize` takes. */
function shaped(value: unknown): ReplayResult {
  const parsed = replayResultSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const field = pointer([...(issue?.path ?? []), ...unknown]);
    throw new AppError('input.invalid', `a replay result does not fit its schema at ${field || 'the root'}`, {
      field,
      expected: unknown.length > 0 ? 'no such member' : (issue?.message ?? 'a replay result'),
    });
  }
  return parsed.data as ReplayResult;
}

/**
 * The row that stands in for an answer that could not be taken: too large, malformed, without an outcome. It counts as not
 * replayable; a poisoned decision never fails its batch.
 */
export function unusableResult(
  decision: string,
  status: Exclude<ReplayStatus, 'done'>,
  code: string,
  message: string,
): ReplayResult {
  return {
    decision,
    status,
    outcome: null,
    confidence: null,
    reasoning: [],
    alternatives: [],
    proposedActions: [],
    calls: { served: 0, run: 0, refused: 0, model: 0 },
    usage: { promptTokens: 0, completionTokens: 0, cost: 0 },
    refusal: { code, message },
    liveCalls: [],
    findings: [],
    durMs: 0,
  };
}

function readJson<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    const { at = '', expected, got } = cause.details;
    throw new AppError(
      'input.invalid',
      `a replay result is not acceptable JSON: ${cause.message}`,
      { field: at, ...(expected === undefined ? {} : { expected }), ...(got === undefined ? {} : { got }) },
      { cause },
    );
  }
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
