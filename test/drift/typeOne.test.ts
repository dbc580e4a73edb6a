import { describe, expect, it } from 'vitest';
import { assessRuns, createLexicalEmbedder, TEXT_CHANNELS, type DecisionDrift } from '../../src/drift/index.js';
import type { AgentModel } from './support/agentModel.js';
import { claimsAgent } from './support/claimsAgent.js';
import { creditAgent } from './support/creditAgent.js';
import { refundAgent } from './support/refundAgent.js';
import { simulate } from './support/simulate.js';

const SEEDS = [1, 2, 3, 4];

/** The version against itself: every shift is a false alarm. */
async function againstItself(agent: AgentModel, noisy: boolean): Promise<DecisionDrift[]> {
  const out: DecisionDrift[] = [];
  for (const seed of SEEDS) {
    const runs = simulate(agent, 'none', { seed, decisions: 150, noisy }).map((entry) => entry.runs);
    const options = { agent: agent.name, type: 't', seed: `seed-${seed}`, embedder: createLexicalEmbedder() };
    out.push(...(await assessRuns(runs, options)).decisions);
  }
  return out;
}

describe.each([
  ['a steady agent', false],
  ['an agent that leaves reasons out and gets numbers wrong', true],
])('%s against itself', (_, noisy) => {
  it.each([claimsAgent, refundAgent, creditAgent])('raises at most 6 % false alarms ($name)', async (agent) => {
    const drifts = await againstItself(agent, noisy);
    const alarms = drifts.filter((drift) => drift.verdict !== 'stable').length / drifts.length;
    expect(alarms).toBeLessThanOrEqual(0.06);
  });

  it('has p-values that are at most alpha in at most alpha of the decisions, channel by channel', async () => {
    const drifts = await againstItself(claimsAgent, noisy);
    for (const channel of TEXT_CHANNELS) {
      for (const alpha of [0.02, 0.05, 0.1, 0.3]) {
        const share = drifts.filter((drift) => (drift.pValues?.[channel] ?? 1) <= alpha).length / drifts.length;
        expect(share, `${channel} at ${alpha}`).toBeLessThanOrEqual(
          alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / drifts.length),
        );
      }
    }
  });
});
