import { ghost } from '@tenet-ledger/ghost';
import { replayAgent } from '@tenet-ledger/ghost/replay';
import { describe, expect, it } from 'vitest';
import { item, POLICY, taped } from './replaySetup.js';

const base = { name: 'a', version: '1', type: 't', outcome: (result: unknown) => String(result) };
const never = (): never => {
  throw new Error('a tool with side effects ran');
};

const read = ghost.tool('read', { effect: 'read', key: (k: string) => k }, async (_: string): Promise<string> =>
  never(),
);
const post = ghost.tool('post', { effect: 'write', key: (k: string) => k }, async (_: string): Promise<string> =>
  never(),
);

describe('calls in a replay', () => {
  it('gives undefined where undefined was recorded', async () => {
    const entry = {
      v: 1,
      n: 1,
      kind: 'tool',
      name: 'read',
      effect: 'read',
      key: 'k',
      args: ['k'],
      startedMs: 0,
      durMs: 0,
    } as const;
    const agent = ghost.agent(base, async () => typeof (await read('k')));
    expect((await replayAgent(agent, item([entry]), POLICY)).outcome).toBe('undefined');
  });

  it('serves copies: what one call changes the next does not see', async () => {
    const list = ghost.tool('list', { effect: 'read' }, (): number[] => never());
    const agent = ghost.agent(base, () => [list().push(9), list().length].join());
    expect((await replayAgent(agent, item([taped('list', '[]', [1, 2])]), POLICY)).outcome).toBe('3,2');
  });

  it('refuses a tool without an effect class, recorded or not', async () => {
    const vague = ghost.tool('vague', { effect: undefined as never }, never);
    const result = await replayAgent(
      ghost.agent(base, () => vague()),
      item([taped('vague', '[]', 1)]),
      POLICY,
    );
    expect(result).toMatchObject({ status: 'refused', refusal: { code: 'replay.unknown_effect', tool: 'vague' } });
  });

  it('lets a live read call nothing dangerous on the way', async () => {
    const sly = ghost.tool('sly', { effect: 'read', asOf: () => [] as [] }, async () => post('inside'));
    const result = await replayAgent(
      ghost.agent(base, () => sly()),
      item([]),
      { ...POLICY, liveReads: true },
    );
    expect(result).toMatchObject({ status: 'refused', proposedActions: [{ name: 'post', key: 'inside' }] });
  });

  it('answers nested agents from the same tape and keeps their decisions out of the result', async () => {
    const inner = ghost.agent({ ...base, name: 'inner' }, async () => {
      ghost.current()?.step('inner step');
      ghost.decide('inner outcome');
      return read('k');
    });
    const outer = ghost.agent(base, async () => `outer ${await inner()}`);
    expect(await replayAgent(outer, item([taped('read', 'k', 'v')]), POLICY)).toMatchObject({
      outcome: 'outer v',
      reasoning: [],
    });
  });

  it('spreads inputs that were recorded as several arguments', async () => {
    const agent = ghost.agent(base, (a: number, b: number) => a + b);
    expect(await replayAgent(agent, item([], { input: { $args: [2, 3] } }), POLICY)).toMatchObject({ outcome: '5' });
    const list = ghost.agent(base, (values: number[]) => values.length);
    expect(await replayAgent(list, item([], { input: [1, 2, 3] }), POLICY)).toMatchObject({ outcome: '3' });
  });
});
