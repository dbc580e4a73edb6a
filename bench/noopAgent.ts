import { ghost } from '@tenet-ledger/ghost';

/** Does nothing but answer: what is measured is the platform. */
export const decide = ghost.agent(
  {
    name: 'noop',
    version: '1.0.0',
    type: 'bench.noop',
    key: (input: { id: string }) => input.id,
    outcome: (result: { outcome: string }) => result.outcome,
    reasons: (result: { reasons: string[] }) => result.reasons,
  },
  (input: { id: string; note: string }) => ({
    outcome: 'approve',
    reasons: [`Case ${input.id} is within every limit.`],
  }),
);
