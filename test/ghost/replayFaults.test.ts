import { ghost } from '@tenet-ledger/ghost';
import { replayAgent, type LanePolicy } from '@tenet-ledger/ghost/replay';
import { describe, expect, it } from 'vitest';
import { parseReplayResult } from '../../src/replay/index.js';
import { item, POLICY, taped } from './replaySetup.js';

const base = { name: 'a', version: '1', type: 't', outcome: (result: unknown) => String(result) };
const never = (): never => {
  throw new Error('a tool with side effects ran');
};

const read = ghost.tool('read', { effect: 'read', key: (k: string) => k }, async (_: string): Promise<string> =>
  never(),
);

describe('agents that misbehave', () => {
  const outcomeOf = (agent: unknown, policy: Partial<LanePolicy> = {}) =>
    replayAgent(agent, item(), { ...POLICY, ...policy });
  const boom = (): never => {
    throw new Error('boom');
  };

  it.each<[string, unknown, object, Partial<LanePolicy>?]>([
    [
      'throws',
      ghost.agent(base, boom),
      { status: 'failed', refusal: { code: 'replay.threw', message: 'the agent threw: boom' } },
    ],
    [
      'rejects with nothing',
      ghost.agent(base, () => Promise.reject(undefined as unknown as Error)),
      { status: 'failed', refusal: { code: 'replay.threw' } },
    ],
    [
      'hangs on a promise',
      ghost.agent(base, () => new Promise(() => undefined)),
      { status: 'timeout', refusal: { code: 'replay.timeout' } },
      { timeoutMs: 30 },
    ],
    [
      'returns no outcome',
      ghost.agent({ ...base, outcome: () => undefined as never }, () => 1),
      { status: 'invalid', outcome: null, refusal: { code: 'replay.no_outcome' } },
    ],
    [
      'has an outcome mapper that throws',
      ghost.agent({ ...base, outcome: boom }, () => 1),
      { status: 'invalid', refusal: { code: 'replay.no_outcome', message: 'the outcome mapper threw: boom' } },
    ],
    [
      'returns a NaN confidence',
      ghost.agent({ ...base, confidence: () => NaN }, () => 1),
      { status: 'invalid', confidence: null, refusal: { code: 'replay.bad_confidence' } },
    ],
    [
      'has a reasons mapper that throws',
      ghost.agent({ ...base, reasons: boom }, () => 1),
      { status: 'invalid', refusal: { code: 'replay.bad_reasons' } },
    ],
    [
      'writes a 10 MB rationale',
      ghost.agent({ ...base, reasons: () => ['x'.repeat(10_000_000)] }, () => 1),
      { status: 'invalid', outcome: null, reasoning: [], refusal: { code: 'replay.too_large' } },
    ],
    [
      'writes a rationale in a million steps',
      ghost.agent({ ...base, reasons: () => Array.from({ length: 1_000_000 }, () => 'x') }, () => 1),
      { status: 'invalid', reasoning: [], refusal: { code: 'replay.too_large' } },
    ],
    [
      'is over the limit of its lane',
      ghost.agent({ ...base, reasons: () => ['x'.repeat(50_000)] }, () => 1),
      { status: 'invalid', refusal: { code: 'replay.too_large' } },
      { maxResultBytes: 10_000 },
    ],
    [
      'throws after 10 MB of steps',
      ghost.agent(base, () => (ghost.current()!.step('y'.repeat(10_000_000)), boom())),
      { status: 'failed', refusal: { code: 'replay.threw' } },
    ],
  ])('an agent that %s is a row', async (_, agent, expected, policy) => {
    const result = await outcomeOf(agent, policy);
    expect(result).toMatchObject(expected);
    expect(() => parseReplayResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
  });

  it('an agent that goes on after its time-out reaches nothing', async () => {
    let late: unknown;
    const agent = ghost.agent(base, async () => {
      await new Promise((done) => setTimeout(done, 40));
      late = await read('k').catch((error: unknown) => error);
      return 1;
    });
    const result = await replayAgent(agent, item([taped('read', 'k', 'v')]), { ...POLICY, timeoutMs: 10 });
    expect(result.status).toBe('timeout');
    await new Promise((done) => setTimeout(done, 60));
    expect(late).toMatchObject({ code: 'replay.closed' });
    expect(result.calls.served).toBe(0);
  });

  it('a cancelled re-run is a row that says so', async () => {
    const stop = new AbortController();
    const pending = replayAgent(
      ghost.agent(base, () => new Promise(() => undefined)),
      item(),
      POLICY,
      { signal: stop.signal },
    );
    stop.abort();
    expect(await pending).toMatchObject({ status: 'failed', refusal: { code: 'replay.cancelled' } });
  });

  it('says what it could not read of alternatives and keeps the decision', async () => {
    const agent = ghost.agent(
      { ...base, alternatives: () => [{ action: 'refer', extra: 1 } as never, 'nonsense' as never] },
      () => 1,
    );
    expect(await outcomeOf(agent)).toMatchObject({
      status: 'done',
      alternatives: [{ action: 'refer' }],
      findings: ['unread: alternatives: item 1 is not one'],
    });
  });

  it.each([
    ['a function that is not wrapped', () => 1, item()],
    ['a seed that is none', ghost.agent(base, () => 1), item([], { seed: 'zz' })],
    ['a time that is none', ghost.agent(base, () => 1), item([], { occurredAt: 'yesterday' })],
  ])('refuses %s', async (_, agent, bad) => {
    await expect(replayAgent(agent, bad, POLICY)).rejects.toThrow(TypeError);
  });
});
