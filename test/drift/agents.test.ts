import { afterAll, describe, expect, it } from 'vitest';
import {
  assessRuns,
  createLexicalEmbedder,
  createLocalEmbedder,
  createMemoryVectorStore,
  withVectorCache,
  type Embedder,
  type LocalEmbedder,
} from '../../src/drift/index.js';
import type { AgentModel } from './support/agentModel.js';
import { claimsAgent } from './support/claimsAgent.js';
import { creditAgent } from './support/creditAgent.js';
import { permitAgent } from './support/permitAgent.js';
import { refundAgent } from './support/refundAgent.js';
import { tenderAgent } from './support/tenderAgent.js';
import { triageAgent } from './support/triageAgent.js';
import { simulate, type Change } from './support/simulate.js';
import { hasWeights, weights } from './support/weights.js';

interface Rates {
  readonly found: number;
  readonly falseAlarms: number;
}

const LONG = process.env['TENET_LONG'] === '1';
const SEED = 21;
const DECISIONS = 240;

/** Share of affected decisions called shifted, and of the others. */
async function rates(agent: AgentModel, change: Change, embedder: Embedder): Promise<Rates> {
  const counts = { affected: 0, found: 0, others: 0, alarms: 0 };
  const simulated = simulate(agent, change, { seed: SEED, decisions: DECISIONS });
  const options = { agent: agent.name, type: 't', seed: `seed-${SEED}`, embedder };
  const { decisions } = await assessRuns(
    simulated.map((entry) => entry.runs),
    options,
  );
  simulated.forEach(({ affected }, i) => {
    const shifted = decisions[i]?.verdict === 'rationale-shift';
    counts[affected ? 'affected' : 'others']++;
    if (shifted) counts[affected ? 'found' : 'alarms']++;
  });
  return { found: counts.found / counts.affected, falseAlarms: counts.alarms / counts.others };
}

/** Bounds of what a gate at 5 % needs: a reworded version passes, a swapped reason or number is named. */
function itTellsWordsFromReasons(agent: AgentModel, embedder: () => Promise<Embedder>, foundForeign: number): void {
  it('takes new words for the same reasons', async () => {
    expect((await rates(agent, 'reworded', await embedder())).falseAlarms).toBeLessThanOrEqual(0.06);
  });

  it.each([
    ['swap-known', 0.9],
    ['swap-foreign', foundForeign],
    ['number', 0.9],
  ] as const)('names what a %s affects, and little else', async (change, found) => {
    const result = await rates(agent, change, await embedder());
    expect(result.found).toBeGreaterThanOrEqual(found);
    expect(result.falseAlarms).toBeLessThanOrEqual(0.06);
  });

  it('takes two reasons in one sentence for the same reasons', async () => {
    expect((await rates(agent, 'merged', await embedder())).falseAlarms).toBeLessThanOrEqual(0.06);
  });
}

describe.skipIf(!hasWeights)('with MiniLM', () => {
  let opened: LocalEmbedder | undefined;
  const store = createMemoryVectorStore();
  const embedder = async (): Promise<Embedder> =>
    withVectorCache((opened ??= await createLocalEmbedder(weights)), store);
  afterAll(async () => opened?.close());

  // TENET_LONG=1 runs these too.
  describe.runIf(LONG).each([claimsAgent, refundAgent, tenderAgent])(
    'the $name agent, which the scorer was set on',
    (agent) => {
      itTellsWordsFromReasons(agent, embedder, 0.9);
    },
  );
  describe.each([creditAgent, permitAgent, triageAgent])('the $name agent, which it was not', (agent) => {
    itTellsWordsFromReasons(agent, embedder, 0.9);

    it('names a swapped reason when all the rest is reworded too', async () => {
      const result = await rates(agent, 'swap-reworded', await embedder());
      expect(result.found).toBeGreaterThanOrEqual(0.9);
      expect(result.falseAlarms).toBeLessThanOrEqual(0.06);
    });
  });
});

/** Without an embedding a reason that states no fact can be swapped for another such unnoticed. */
describe('with the lexical embedder', () => {
  describe.each([claimsAgent, creditAgent, triageAgent])('the $name agent', (agent) => {
    itTellsWordsFromReasons(agent, async () => createLexicalEmbedder(), 0.7);
  });
});
