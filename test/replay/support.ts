import type { CohortManifest, LaneName, LanePolicy, ReplayResult, ResultRow } from '../../src/replay/index.js';

export const POLICY: LanePolicy = {
  model: 'tape',
  liveReads: false,
  randomness: 'fresh',
  timeoutMs: 5_000,
  maxResultBytes: 65_536,
};

export const COHORT: CohortManifest = {
  id: 'coh_TEST',
  hash: 'h',
  size: 3,
  population: 10,
  seed: 7,
  baseline: 'underwriter@1.0.0',
  type: 'loan.approve',
  session: 'ses_1',
  strata: [{ stratum: 'car', population: 10, drawn: 3 }],
};

export function result(decision: string, over: Partial<ReplayResult> = {}): ReplayResult {
  return {
    decision,
    status: 'done',
    outcome: 'approve',
    confidence: 0.8,
    reasoning: ['income covers the instalment'],
    alternatives: [{ action: 'refer', score: 0.2 }],
    proposedActions: [],
    calls: { served: 1, run: 0, refused: 0, model: 0 },
    usage: { promptTokens: 0, completionTokens: 0, cost: 0 },
    refusal: null,
    liveCalls: [],
    findings: [],
    durMs: 1.5,
    ...over,
  };
}

export function refused(decision: string, code: string, message = 'no such call on the tape'): ReplayResult {
  return result(decision, { status: 'refused', outcome: null, confidence: null, refusal: { code, message } });
}

export function row(lane: LaneName, repeat: number, of: ReplayResult): ResultRow {
  const { durMs: _durMs, liveCalls: _liveCalls, ...rest } = of;
  return { v: 1, run: `run_${lane}`, lane, repeat, salt: 'AAAAAAAAAAAAAAAAAAAAAA', ...rest };
}
