import { describe, expect, test } from 'vitest';
import { replayRequest, type ReplayRunOptions } from '../../src/cli/commands/replayRun.js';

const RECORDED = [
  { agent: 'underwriter@1.0.0', type: 'loan.approve', session: 's1' },
  { agent: 'pricer@3.0.0', type: 'rate.set', session: 's2' },
];
/** The newest comes last. */
const ledger = {
  listDecisions: async (query: { agent?: string; type?: string; session?: string }) => ({
    items: RECORDED.filter(
      ({ agent, type, session }) =>
        (query.agent === undefined || agent === query.agent || agent.startsWith(`${query.agent}@`)) &&
        (query.type === undefined || type === query.type) &&
        (query.session === undefined || session === query.session),
    ).reverse(),
  }),
};
const request = (more: Partial<ReplayRunOptions>) =>
  replayRequest(ledger, { candidate: '4.0.0', size: 10, seed: 1, repeats: 1, timeout: 1_000, ...more });

describe('which decisions a replay run draws', () => {
  test.each<[Partial<ReplayRunOptions>, string, string, string]>([
    [{ candidate: 'underwriter@1.1.0' }, 'underwriter@1.0.0', 'underwriter@1.1.0', 'loan.approve'],
    [{ candidate: '4.0.0' }, 'pricer@3.0.0', 'pricer@4.0.0', 'rate.set'],
    [{ candidate: '1.1.0', session: 's1' }, 'underwriter@1.0.0', 'underwriter@1.1.0', 'loan.approve'],
    [{ candidate: '1.1.0', type: 'loan.approve' }, 'underwriter@1.0.0', 'underwriter@1.1.0', 'loan.approve'],
    [{ candidate: '1.1.0', baseline: 'underwriter@1.0.0' }, 'underwriter@1.0.0', 'underwriter@1.1.0', 'loan.approve'],
    [{ candidate: 'underwriter@1.1.0', baseline: '0.9.0' }, 'underwriter@0.9.0', 'underwriter@1.1.0', 'loan.approve'],
  ])('%j', async (options, baseline, candidate, type) => {
    expect(await request(options)).toMatchObject({ baseline, candidate, type });
  });

  test('an agent of which nothing is recorded is said before anything is planned', async () => {
    await expect(request({ candidate: 'nobody@1.0.0' })).rejects.toMatchObject({
      code: 'cohort.empty',
      message: 'no decision of nobody is recorded',
    });
  });
});
