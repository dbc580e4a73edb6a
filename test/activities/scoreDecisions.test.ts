import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.js';
import { scoreDecisions, type Scored, type ScoreRequest } from '../../activities/scoreDecisions.js';
import {
  createLexicalEmbedder,
  createMemoryVectorStore,
  withVectorCache,
  type DecisionRuns,
} from '../../src/drift/index.js';

const DECISIONS = 230;

/** Re-runs that word and order their steps in two ways. */
const runs = Array.from({ length: DECISIONS }, (_, i): DecisionRuns => {
  const steps = [`Savings of ${i} months cover the loan`, 'The duration is within the term', 'The purpose is a car'];
  const run = (turn: number) => ({ outcome: 'approve', actions: [], steps: turn % 2 ? steps : [...steps].reverse() });
  return { decision: `dec_${i}`, baseline: [run(0), run(1), run(i)], candidate: [run(i + 1)] };
});
const request: ScoreRequest = { agent: 'underwriter@1.0.0', type: 'loan', alpha: 0.05, runs };
const embedder = withVectorCache(createLexicalEmbedder(), createMemoryVectorStore());
const deps = { embedder: async () => embedder } as Pick<ActivityDeps, 'embedder'>;

interface Beat {
  readonly stage: string;
  readonly done: number;
}

describe('scoring', () => {
  test('lets the event loop turn at least every 50 decisions, so that its heartbeats leave', async () => {
    const environment = new MockActivityEnvironment();
    const beats: Beat[] = [];
    /** Beats that were still waiting when the loop turned. */
    let waiting = 0;
    let most = 0;
    environment.on('heartbeat', (beat: Beat) => {
      beats.push(beat);
      waiting += 1;
      most = Math.max(most, waiting);
    });
    let turning = true;
    const turn = (): void => {
      waiting = 0;
      if (turning) setImmediate(turn);
    };
    turn();
    const scoring: Promise<Scored> = environment.run(scoreDecisions, deps, request);
    const { drifts } = await scoring.finally(() => (turning = false));
    expect(drifts.map(({ decision }) => decision)).toEqual(runs.map(({ decision }) => decision));
    const assessed = beats.filter(({ stage }) => stage === 'assess').map(({ done }) => done);
    expect([...assessed, DECISIONS].slice(1).every((done, i) => done - (assessed[i] ?? 0) <= 50)).toBe(true);
    expect(most).toBe(1);
  });

  test('ends soon after it is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const beats: Beat[] = [];
    environment.on('heartbeat', (beat: Beat) => {
      beats.push(beat);
      if (beat.done === 50) setImmediate(() => environment.cancel());
    });
    await expect(environment.run(scoreDecisions, deps, request)).rejects.toThrow(/cancel/i);
    expect(Math.max(...beats.map(({ done }) => done))).toBeLessThanOrEqual(100);
  });
});
