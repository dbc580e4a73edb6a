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
