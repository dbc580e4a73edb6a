import type { Json } from '@tenet-ledger/record';
import type { Draft } from '@tenet-ledger/ghost';

/** An entry as capture hands it to the pipeline, with one field that holds all. */
export const fieldsDraft = (id: string, value: Json = 1): Draft => ({
  kind: 'decision',
  type: 'loan.approve',
  id,
  agent: 'underwriter@1.0.0',
  links: [],
  occurredAt: '2026-11-20T09:14:02.000Z',
  fields: [{ path: '/context/inputs', value }],
});

/** A decision with one call on its tape. */
export const tapedDraft = (id: string, result: Json): Draft => ({
  kind: 'decision',
  type: 'loan.approve',
  id,
  agent: 'underwriter@1.0.0',
  links: [],
  occurredAt: '2026-11-20T09:14:02.000Z',
  record: {
    intent: { goal: 'loan.approve', origin: 'agent', session: 'ses_test' },
    context: { inputs: {} },
    reasoning: [],
    alternatives: [],
    decision: { outcome: 'approved' },
    provenance: { agent: 'underwriter', version: '1.0.0', sdk: 'test' },
    tape: [{ v: 1, n: 1, kind: 'tool', name: 't', effect: 'read', key: '', args: [], result, startedMs: 0, durMs: 0 }],
    grade: { grade: 'A', reasons: [] },
  },
});
