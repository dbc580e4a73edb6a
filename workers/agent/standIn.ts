import type { ReplayResult } from '@tenet-ledger/ghost/replay';
import type { Row } from './childProtocol.js';

/** The row of a decision whose process is gone: nothing of what it did is known. */
export function standInRow(
  index: number,
  line: string,
  status: 'timeout' | 'failed',
  code: string,
  message: string,
  durMs: number,
): Row {
  const { decision } = JSON.parse(line) as { readonly decision: string };
  const result: ReplayResult = {
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
    durMs,
  };
  return { i: index, status, code, line: JSON.stringify(result) };
}
