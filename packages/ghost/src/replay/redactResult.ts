import type { Json } from '@tenet-ledger/record';
import type { Redactor } from '../redact/index.js';
import type { ReplayResult } from './types.js';

/** A re-run may have seen values that the record holds as tokens: what it gives away is redacted as the record was. */
export function redactResult(result: ReplayResult, redactor: Redactor): ReplayResult {
  const at = <T>(value: T, ...path: readonly string[]): T => redactor.value(value as Json, path) as T;
  const { outcome, reasoning, alternatives, liveCalls, refusal } = result;
  return {
    ...result,
    outcome: outcome === null ? null : at(outcome, 'decision', 'outcome'),
    reasoning: at(reasoning, 'reasoning'),
    alternatives: at(alternatives, 'alternatives'),
    refusal: refusal === null ? null : { ...refusal, message: at(refusal.message) },
    // Arguments and keys were redacted before they were matched.
    liveCalls: liveCalls.map((call) =>
      call.result === undefined ? call : { ...call, result: at(call.result, 'tape', '', 'result') },
    ),
  };
}
